"""The released networks on disk: the graphs, a card each and pair.json, verified before anything is used.

Schema 1 is a pair of classifiers that read the whole photo. Schema 2 adds a lesion finder: pair.json has the
key `finder`, and finder.onnx and finder.json are beside the others.
"""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from inference.engine import EngineError
from inference.finder_policy import FINDER
from inference.letterbox import LetterboxError, LetterboxSpec
from inference.policy import CLASSIFIERS, Policy, PolicyError
from inference.preprocess import PreprocessError, PreprocessSpec
from inference.readings import ClassifierName

SCHEMA, SCHEMA_WITH_FINDER = 1, 2


class ReleaseError(EngineError):
    """The released files cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierCard:
    """What serving reads from one network's model card."""

    version: str
    preprocess: PreprocessSpec
    raw: Mapping[str, Any]  # the whole card, for /about and reports

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The card in its file's content.

        Raises:
            KeyError: a key is missing.
            PreprocessError: the spec is incomplete.
        """
        spec = PreprocessSpec.from_dict(dict(raw["preprocess"]))
        return cls(version=str(raw["version"]), preprocess=spec, raw=raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderCard:
    """What serving reads from the finder's model card."""

    version: str
    preprocess: LetterboxSpec
    raw: Mapping[str, Any]  # the whole card, for /about and reports

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The card in its file's content.

        Raises:
            KeyError: a key is missing.
            LetterboxError: the specification is incomplete or out of range.
        """
        spec = LetterboxSpec.from_dict(raw["preprocess"])
        return cls(version=str(raw["version"]), preprocess=spec, raw=raw)


Card = TypeVar("Card", ClassifierCard, FinderCard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A verified pair."""

    directory: Path
    version: str
    policy: Policy
    cards: Mapping[ClassifierName, ClassifierCard]
    hashes: Mapping[str, str]  # SHA-256 in hex, by file name
    pair: Mapping[str, Any]  # the whole pair.json
    finder: FinderCard | None = None  # there if and only if the policy has a finder

    def graph_path(self, name: str) -> Path:
        """Where one network's graph lies."""
        return self.directory / f"{name}.onnx"


def find_directory(override: Path | None = None) -> Path:
    """`override` if given, else the pair that was installed with this code.

    It is found by its place beside this package: importing `models` would load torch.
    """
    return override or Path(__file__).resolve().parents[1] / "models" / "released"


def load_release(directory: Path | None = None, *, graphs: bool = True) -> Release:
    """Read pair.json, verify every file against it, then read the cards.

    Args:
        directory: of the files; the installed pair if None.
        graphs: False if they run elsewhere and need not be here.

    Raises:
        ReleaseError: a file is missing, truncated or altered, or pair.json cannot be used.
    """
    place = find_directory(directory)
    pair = _read_json(place, "pair.json")
    schema = pair.get("schema")
    if schema not in {SCHEMA, SCHEMA_WITH_FINDER}:
        known = f"{SCHEMA} and {SCHEMA_WITH_FINDER}"
        raise ReleaseError(f"pair.json has schema {schema!r}, this version reads {known}")
    if (schema == SCHEMA_WITH_FINDER) != (FINDER in pair):
        state = "has" if FINDER in pair else "lacks"
        raise ReleaseError(f"pair.json has schema {schema} and {state} a finder: fetch the release again")
    stated, listed = pair.get("sha256"), list_files(pair)
    missing = [name for name in listed if not isinstance(stated, dict) or name not in stated]
    if missing or not isinstance(stated, dict):
        raise ReleaseError(f"pair.json gives no sha256 for {', '.join(missing)}: fetch the release again")
    hashes = {name: str(stated[name]).lower() for name in listed}
    files = [name for name in hashes if graphs or not name.endswith(".onnx")]
    with ThreadPoolExecutor(len(files)) as pool:  # hashing lets go of the interpreter
        faults = list(pool.map(lambda name: _fault(place, name, hashes[name]), files))
    if fault := next(filter(None, faults), None):
        raise ReleaseError(fault)
    try:
        policy = Policy.from_dict(pair)
    except PolicyError as error:
        raise ReleaseError(str(error)) from error
    cards = {name: _read_card(place, name, ClassifierCard) for name in CLASSIFIERS}
    return Release(
        directory=place,
        version=str(pair.get("version", "unknown")),
        policy=policy,
        cards=cards,
        hashes=hashes,
        pair=pair,
        finder=_read_card(place, FINDER, FinderCard) if policy.finder is not None else None,
    )


def list_files(pair: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the files that belong to a pair.json, without itself."""
    names = (*CLASSIFIERS, FINDER) if FINDER in pair else CLASSIFIERS
    return tuple(f"{name}.{kind}" for name in names for kind in ("onnx", "json"))


def _fault(directory: Path, name: str, expected: str) -> str | None:
    try:
        with (directory / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return f"{name} is missing or cannot be read in the models directory: fetch the release again"
    if found != expected:
        return f"{name} is truncated or altered (its SHA-256 is not pair.json's): fetch the release again"
    return None


def _read_json(directory: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((directory / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise ReleaseError(
            f"{name} is missing in the models directory: set NEVUS_MODELS_DIR or fetch the release"
        ) from error
    except ValueError as error:
        raise ReleaseError(f"{name} is truncated or not JSON: fetch the release again") from error
    if not isinstance(content, dict):
        raise ReleaseError(f"{name} does not hold an object: fetch the release again")
    return content


def _read_card(directory: Path, name: str, kind: type[Card]) -> Card:
    try:
        return kind.from_dict(_read_json(directory, f"{name}.json"))
    except KeyError as error:
        raise ReleaseError(f"{name}.json lacks the key {error.args[0]!r}") from error
    except (PreprocessError, LetterboxError, TypeError) as error:
        raise ReleaseError(f"{name}.json has a preprocess that cannot be used: {error}") from error

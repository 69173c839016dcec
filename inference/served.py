"""How a released network is named on an inference server: shared by client, server and export.

The version is a number made of the graph's hash, since Triton knows no other versions. So a server that has
another release cannot answer by accident: it does not know the model of that version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from inference.finder_policy import FINDER
from inference.raw_opinions import FINDER_OUTPUTS, OUTPUTS

if TYPE_CHECKING:  # the inference server has no Pillow, which reading a release takes
    from inference.release import Release

VERSION_DIGITS: Final = 12  # hexadecimal: 48 bits, exact in JSON, positive in Triton's 64
# What a server may say of itself among the `versions` of a model's metadata, as NAME/VALUE.
SHA256, RELEASE, ONNXRUNTIME, KERNEL = "sha256", "release", "onnxruntime", "kernel"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One network as a server knows it."""

    name: str
    version: str
    sha256: str
    size_px: int
    outputs: tuple[str, ...] = OUTPUTS


def find_served(release: "Release") -> dict[str, ServedModel]:
    """The networks of a release, as a server knows them: `cnn`, `vit` and, if it has one, `finder`."""

    def describe(name: str, size_px: int, outputs: tuple[str, ...] = OUTPUTS) -> ServedModel:
        sha256 = release.hashes[f"{name}.onnx"]
        return ServedModel(f"nevus-{name}", number_version(sha256), sha256, size_px, outputs)

    served = {str(name): describe(name, card.preprocess.size_px) for name, card in release.cards.items()}
    if release.finder is not None:
        served[FINDER] = describe(FINDER, release.finder.preprocess.size_px, FINDER_OUTPUTS)
    return served


def number_version(sha256: str) -> str:
    """A graph's version: the first 48 bits of its hash as a decimal number."""
    return str(int(sha256[:VERSION_DIGITS], 16))


def read_facts(versions: Iterable[str]) -> dict[str, str]:
    """What a server says of itself among a model's versions: `kernel/x86-64 avx2` and the like."""
    pairs = (each.partition("/") for each in versions)
    return {name: value for name, slash, value in pairs if slash}

"""Both released networks over many files: findings and level of each, for evaluation; no event loop."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from inference.details import DecodePart
from inference.evaluation.labelled import LabelledFile
from inference.judging import judge_photo
from inference.networks import Networks
from inference.photo_files import read_photo_file
from inference.photos import DecodedPhoto, PhotoError, read_part, read_photo
from inference.quality import measure_quality
from inference.reading_steps import Look, StageTimer, find_results
from inference.readings import PhotoFindings, RiskLevel
from inference.release import Release, load_release

Change = Callable[[DecodedPhoto, LabelledFile], DecodedPhoto]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPhoto:
    """A photo that was read. A refused photo has scores, but no level."""

    row: LabelledFile
    findings: PhotoFindings
    level: RiskLevel  # by the networks and gates alone


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPhoto:
    """A file that cannot be read as a photo."""

    row: LabelledFile
    code: str  # as in `inference.photos`, or cannot_open


class PhotoScorer:
    """The released pair; one photo a batch, as in the product."""

    def __init__(self, release: Release, networks: Networks, *, threads: int) -> None:
        """Use `load`."""
        self.release = release
        self.networks = networks
        self._threads = threads

    @classmethod
    def load(cls, directory: Path | None = None, *, threads: int | None = None) -> Self:
        """Verify and open the pair.

        Args:
            directory: of the released files; the installed pair if None.
            threads: photos read at once; one a core if None.

        Raises:
            ReleaseError: a file is missing, truncated or altered.
            ClassifierError: a verified graph does not run here.
        """
        release = load_release(directory)
        return cls(release, Networks.load(release), threads=threads or os.cpu_count() or 1)

    def score_files(
        self, rows: Iterable[LabelledFile], root: Path, change: Change | None = None
    ) -> Iterator[ScoredPhoto | UnreadPhoto]:
        """Each row's photo in order, as it is or seen through `change`."""
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(lambda row: self._score_row(row, root, change), rows)

    def _score_row(self, row: LabelledFile, root: Path, change: Change | None) -> ScoredPhoto | UnreadPhoto:
        try:
            data = read_photo_file(root / row.file)
            photo = read_photo(data)
        except OSError:
            return UnreadPhoto(row=row, code="cannot_open")
        except PhotoError as error:
            return UnreadPhoto(row=row, code=error.code)
        if change is not None:  # the file knows nothing of it
            findings = self._find(change(photo, row), None)
        else:
            findings = self._find(photo, partial(read_part, data))
        level, _ = judge_photo(findings, self.release.policy)
        return ScoredPhoto(row=row, findings=findings, level=level)

    def _find(self, photo: DecodedPhoto, decode_part: DecodePart | None) -> PhotoFindings:
        policy = self.release.policy
        quality = measure_quality(photo, policy.quality)
        look = Look(photo=photo, quality=quality, timer=StageTimer(), decode_part=decode_part)
        views, raws = self.networks.classify(look)
        return find_results(look, views, raws, policy, gate=False)

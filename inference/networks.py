"""The released networks in this process: the finder, if the release has one, and both classifiers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from inference.classifiers import OnnxClassifier, load_classifiers
from inference.finder import OnnxFinder
from inference.finder_policy import FINDER
from inference.policy import CLASSIFIERS
from inference.raw_opinions import RawOpinion
from inference.reading_steps import (
    Look,
    RawPair,
    StageTimer,
    Views,
    choose_opinion,
    view_closer,
    view_lesions,
    view_whole,
)
from inference.readings import ClassifierName
from inference.release import Release


class Networks:
    """Every photo is a batch by itself, so that its scores depend on nothing else. Safe from many threads."""

    def __init__(
        self,
        release: Release,
        classifiers: Mapping[ClassifierName, OnnxClassifier],
        finder: OnnxFinder | None = None,
    ) -> None:
        """Use `load`; the finder is there if the release has one."""
        self.classifiers = classifiers
        self._release = release
        self._finder = finder

    @classmethod
    def load(cls, release: Release) -> Self:
        """Open every graph of a verified release.

        Raises:
            ClassifierError: a verified graph does not run here.
        """
        with ThreadPoolExecutor(2) as pool:
            card = release.finder
            path = release.graph_path(FINDER)
            finder = pool.submit(OnnxFinder.load, path, card.preprocess) if card is not None else None
            classifiers = load_classifiers(release)
            return cls(release, classifiers, finder.result() if finder is not None else None)

    def classify(self, look: Look) -> tuple[Views, Sequence[RawPair]]:
        """What the networks saw of a photo, and both opinions on each view.

        Raises:
            ClassifierError: a pass failed.
        """
        views = self._view(look)
        raws = self._read(views, look.timer)
        closer = view_closer(look, views, raws, self._release)
        if closer is not None:
            (near,) = self._read(closer, look.timer)
            raws = [choose_opinion(raws[0], near, self._release.policy)]
        return views, raws

    def _view(self, look: Look) -> Views:
        """Find the lesions and crop them; without a finder, the whole photo."""
        policy = self._release.policy.finder
        if self._finder is None or policy is None:
            return view_whole(look.photo, self._release)
        views = view_lesions(look, self._finder(look.photo.pixels, policy), self._release)
        look.timer.mark("find")
        return views

    def _read(self, views: Views, timer: StageTimer) -> Sequence[RawPair]:
        raws: list[RawPair] = []
        for prepared in views.prepared:
            raw: dict[ClassifierName, RawOpinion] = {}
            for name in CLASSIFIERS:
                raw[name] = self.classifiers[name].read(prepared[name])
                timer.mark(name)
            raws.append(raw)
        return raws

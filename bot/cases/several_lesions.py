"""Several lesions on the photo that leads a case: which one sets the level, which one was picked."""

from dataclasses import dataclass

from bot.cases.view import CaseView
from bot.conversation.wording import Wording
from bot.texts import Html, join_lines
from inference.judging import RANK
from inference.readings import RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralLesions:
    """The lesions of one photo. Numbers count from 1, as on the picture."""

    found: int
    levels: tuple[RiskLevel, ...]  # of those that were read, by the networks and gates alone
    scores: tuple[float, ...]  # melanoma; 0 if one could not be read
    picked: int | None  # number of the one that the sender picked

    @property
    def has_unread(self) -> bool:
        """Whether more were found than are read."""
        return self.found > len(self.levels)

    @property
    def leading(self) -> int:
        """The number of the one with the highest level, then score; of equals the nearest to the middle."""
        return 1 + max(
            range(len(self.levels)), key=lambda index: (RANK[self.levels[index]], self.scores[index])
        )

    @property
    def higher(self) -> int | None:
        """The number of another lesion with a higher level than the picked one."""
        if self.picked is None or RANK[self.levels[self.leading - 1]] <= RANK[self.levels[self.picked - 1]]:
            return None
        return self.leading


def find_lesions(view: CaseView) -> SeveralLesions | None:
    """The lesions of the photo that leads a case; None unless there are several."""
    findings, levels = view.leading.findings, view.leading_lesion_levels
    if (findings.lesion_count or 0) < 2 or len(levels) != len(findings.lesions):
        return None
    return SeveralLesions(
        found=findings.lesion_count or 0,
        levels=levels,
        scores=tuple(lesion.probability or 0.0 for lesion in findings.lesions),
        picked=findings.chosen + 1 if findings.is_picked else None,
    )


def say_higher(view: CaseView, wording: Wording) -> Html:
    """That another lesion on the photo has a higher level than the picked one; empty if none has."""
    lesions = find_lesions(view)
    if lesions is None or lesions.higher is None:
        return Html()
    level = lesions.levels[lesions.higher - 1]
    return wording.say(
        "lesions-higher", number=lesions.higher, mark=wording.mark(level), level=wording.level(level)
    )


def say_picked(view: CaseView, wording: Wording) -> Html:
    """Wherever a picked lesion is described: which one it is, and that another is rated higher, if one is."""
    lesions = find_lesions(view)
    if lesions is None or lesions.picked is None:
        return Html()
    which = wording.say("lesions-about", number=lesions.picked, count=lesions.found)
    return join_lines((say_higher(view, wording), which))


def say_lesions(view: CaseView, wording: Wording) -> Html:
    """How many lesions were found, and which one the level is of; empty unless there are several."""
    lesions = find_lesions(view)
    if lesions is None or view.assessment.level is RiskLevel.NOT_ASSESSABLE:
        return Html()
    message = "lesions-picked" if lesions.picked is not None else "lesions-several"
    if lesions.has_unread:
        message += "-many"
    number = lesions.picked or lesions.leading
    return wording.say(message, count=lesions.found, read=len(lesions.levels), number=number)

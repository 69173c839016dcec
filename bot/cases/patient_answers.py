"""One answer about the patient: what it changes in what is kept, and in what the rules know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.cases.checklist_answers import UnknownItemError, has_item, set_item
from bot.cases.patient_context import (
    CHANGED,
    CHOICES,
    GROWING,
    PLACES,
    RISKS,
    SPECIAL,
    UNDER_18,
    PatientContext,
)
from bot.conversation.wording import dashed
from inference.readings import Abcde, Context, RedFlag, SpecialSite

QUESTIONS: Final = (*CHOICES, "skin", "risks")  # in the order in which they are asked
NONE: Final = "none"  # of the risk factors, or of the states of the skin


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is kept of the patient, and what the rules know. Facts that both hold are the rules'."""

    patient: PatientContext
    context: Context

    @property
    def shown(self) -> PatientContext:
        """The answers as they are shown."""
        return self.patient.with_rules(self.context)

    def has(self, question: str, item: str) -> bool:
        """Whether this item of a question is chosen."""
        if question == "risks":
            risks = self.patient.risks
            return risks is not None and (not risks if item == NONE else item in risks)
        if question == "skin":
            sites = self.context.sites
            if item != NONE:
                return has_item(self.context, item)
            return sites is not None and sites <= PLACES - self.places
        return bool(getattr(self.shown, question) == item)

    @property
    def special_site(self) -> SpecialSite | None:
        """The site that was answered, if the rules know it; None for any other and without an answer."""
        is_site = self.patient.site == self.shown.site
        return SPECIAL.get(self.patient.site or "") if is_site else None

    @property
    def places(self) -> frozenset[SpecialSite]:
        """Which of nail, palm or sole, and mucosa the skin question has: all of them without a site.

        A place that was ticked under that question, or holds for the lesion, can be taken back there.
        """
        known = (self.context.sites or frozenset()) & PLACES
        if self.special_site is not None:
            return known - {self.special_site}
        return PLACES if self.shown.site is None or known else frozenset()

    def is_answered(self, question: str) -> bool:
        """Whether a question needs no asking any more."""
        if question == "skin":
            return self.context.skin_type is not None and self.context.sites is not None
        return getattr(self.shown, question) is not None

    def find_next(self, question: str) -> str | None:
        """The next question without an answer, in the order in which they are asked."""
        later = QUESTIONS[QUESTIONS.index(question) + 1 :]
        return next((each for each in later if not self.is_answered(each)), None)

    def choose(self, question: str, item: str, *, wanted: bool) -> "Answers":
        """The answers with one item chosen, or taken back. Chosen twice, they are the same.

        Raises:
            UnknownItemError: there is no such question or item.
        """
        if question == "risks":
            return self._choose_risk(item, wanted=wanted)
        if question == "skin":
            return self._choose_skin(item, wanted=wanted)
        if item not in CHOICES.get(question, ()):
            raise UnknownItemError(item)
        value = item if wanted else None
        if not wanted and not self.has(question, item):
            return self
        stated: dict[str, Any] = {question: value}
        effect = _EFFECTS.get(question)
        context = effect(self, value) if effect is not None else self.context
        return Answers(patient=replace(self.patient, **stated), context=context)

    def _choose_risk(self, item: str, *, wanted: bool) -> "Answers":
        if item == NONE:
            return replace(self, patient=replace(self.patient, risks=() if wanted else None))
        if item not in RISKS:
            raise UnknownItemError(item)
        chosen = {*(self.patient.risks or ()), item} if wanted else {*(self.patient.risks or ())} - {item}
        risks = tuple(each for each in RISKS if each in chosen) or None
        return replace(self, patient=replace(self.patient, risks=risks))

    def _choose_skin(self, item: str, *, wanted: bool) -> "Answers":
        if item != NONE:
            return replace(self, context=set_item(self.context, item, wanted=wanted))
        # "None of these" is about those that are shown: the site has its own question.
        places = (self.context.sites or frozenset()) & (PLACES - self.places)
        return replace(self, context=replace(self.context, sites=places if wanted else places or None))


def _choose_age(answers: Answers, value: str | None) -> Context:
    return replace(answers.context, under_18=None if value is None else value == UNDER_18)


def _choose_site(answers: Answers, value: str | None) -> Context:
    """A site that the rules know is ticked for them; another answer takes the tick of the shown one back.

    Another place stays: it may be from another photo of the lesion.
    """
    context, special = answers.context, SPECIAL.get(value or "")
    before, sites = SPECIAL.get(answers.shown.site or ""), context.sites or frozenset()
    if special is not None:
        return replace(context, sites=(sites - {before}) | {special})
    if before not in sites:
        return context
    # What is left may not say "none of these": that was never answered.
    return replace(context, sites=sites - {before} or None)


def _choose_change(answers: Answers, value: str | None) -> Context:
    """Growth is the red flag, another change is the E of ABCDE; another answer takes back what was shown."""
    context, before = answers.context, answers.shown.change
    if value == before:
        return context
    flags, letters = context.red_flags, context.abcde or frozenset()
    if before == GROWING:
        flags -= {RedFlag.GROWTH}
    if value == GROWING:
        return replace(context, red_flags=flags | {RedFlag.GROWTH})
    if value == CHANGED:
        return replace(context, red_flags=flags, abcde=letters | {Abcde.EVOLUTION})
    if before == GROWING and value is None:  # an E beside it stays
        return replace(context, red_flags=flags)
    # Without E, no letter may be left: that would say that none was found.
    letters -= {Abcde.EVOLUTION}
    was_ticked = context.abcde is not None and Abcde.EVOLUTION in context.abcde
    return replace(context, red_flags=flags, abcde=(letters or None) if was_ticked else context.abcde)


def find_taken_back(before: Context, after: Context) -> list[str]:
    """The ids of the texts of alarms that an answer takes back: they may have been ticked elsewhere."""
    flags = [f"button-{dashed(flag)}" for flag in sorted(before.red_flags - after.red_flags)]
    letters = (before.abcde or frozenset()) - (after.abcde or frozenset())
    sites = (before.sites or frozenset()) - (after.sites or frozenset())
    named = [f"abcde-{dashed(letter)}" for letter in sorted(letters)]
    return [*flags, *named, *(f"button-{dashed(site)}" for site in sorted(sites))]


_EFFECTS: Final[Mapping[str, Any]] = {"age": _choose_age, "site": _choose_site, "change": _choose_change}

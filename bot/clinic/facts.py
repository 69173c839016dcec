"""A referral between sender and clinic: what the sender states, and how the clinic's card words it."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any, Final, Self

import orjson

from bot.cases.caption import CAPTION_UNITS, find_shown_reasons, say_answers, say_raised, say_reason
from bot.cases.patient_answers import Answers
from bot.cases.patient_context import CHOICES, PatientContext, say_patient, say_risks
from bot.cases.several_lesions import say_picked
from bot.cases.view import CaseView
from bot.clinic.cuts import CROPS, FARTHEST, Cut
from bot.clinic.related_cases import Earlier, Made, rate_with_made, say_made
from bot.conversation.wording import Wording, count_units, dashed, plain
from bot.texts import Html, join_lines
from inference.assessment import SCORE_REASONS
from inference.readings import Context, RiskLevel, SevenPoint

SENTENCE_STEP: Final = "sentence"
PREVIEW: Final = "preview"
STEPS: Final = (*CHOICES, "risks", SENTENCE_STEP, PREVIEW)
PHONE_STEP: Final = "phone"  # entered from the preview and left for it
LOCATOR_STEP: Final = "locator"  # likewise
ASIDE: Final = (PHONE_STEP, LOCATOR_STEP)
MOVES: Final = {"l": (-1, 0), "u": (0, -1), "d": (0, 1), "r": (1, 0)}
FIRST_UNITS: Final = 620  # of a caption: before it is posted, the question about it stands beside it
MONTHS: Final = (1, 3, 6)
COMMENT_SIGNS: Final = 300

# How urgent an answer is, on the scale of the levels: less than the bot's level is asked twice.
URGENCY: Final = {"urgent": 3, "routine": 2, "monitor": 1, "benign": 1}
LEVEL_URGENCY: Final = {RiskLevel.HIGH: 3, RiskLevel.MODERATE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the sender states to the clinic, and how far the form is filled in. Kept sealed."""

    token: str
    case_number: str
    step: str = STEPS[0]
    age: str | None = None
    sex: str | None = None
    site: str | None = None
    duration: str | None = None
    change: str | None = None
    risks: tuple[str, ...] | None = None
    sentence: str | None = None
    phone: str | None = None  # to call the sender back; never on the card
    locator: list[str | int | None] | None = None  # the photo of the site from afar: `Attachment.dump`
    crop: int = CROPS[0]
    right: int = 0
    down: int = 0
    photos: int | None = None  # how many the preview showed; None: all that there are
    message_id: int | None = None  # of the message in which it is prepared
    is_picture: bool = False  # whether that message shows the card already
    shown: str | None = None  # fingerprint of the card's words as they were shown

    @property
    def patient(self) -> PatientContext:
        """The statements about the patient, as the clinic gets them."""
        return PatientContext(
            age=self.age,
            sex=self.sex,
            site=self.site,
            duration=self.duration,
            change=self.change,
            risks=self.risks,
            sentence=self.sentence,
        )

    def dump(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """What `dump` wrote; older forms lack the newer questions, and a newer version's may have more."""
        stored = orjson.loads(data)
        form = cls(**{name: stored[name] for name in cls.__slots__ if name in stored})
        return form if form.risks is None else replace(form, risks=tuple(form.risks))

    def with_patient(self, patient: PatientContext) -> Self:
        """The same with what is said about the patient now."""
        said: dict[str, Any] = asdict(patient)
        return replace(self, **said)

    def is_answered(self, answers: Answers) -> bool:
        """Whether the present step is answered already."""
        if self.step == SENTENCE_STEP:
            return answers.patient.sentence is not None
        return self.step in STEPS[:-1] and answers.is_answered(self.step)

    def start(self, answers: Answers) -> Self:
        """At the first step without an answer; the sentence is always asked for."""
        return self if not self.is_answered(answers) else self.advance(answers, through=SENTENCE_STEP)

    def advance(self, answers: Answers, *, through: str = PREVIEW) -> Self:
        """At the next step without an answer, at the latest at `through`."""
        later = (replace(self, step=step) for step in STEPS[STEPS.index(self.step) + 1 :])
        found = (each for each in later if each.step == through or not each.is_answered(answers))
        return next(found, self)

    @property
    def cut(self) -> Cut:
        """What is shown of each photo of the preview."""
        return Cut(percent=self.crop, right=self.right, down=self.down)

    def move(self, direction: str) -> Self:
        """The part that is shown, one step further, up to the edge."""
        right, down = MOVES[direction]
        return replace(self, right=_limit(self.right + right), down=_limit(self.down + down))

    def go_back(self) -> Self:
        """The step before."""
        if self.step in ASIDE:
            return replace(self, step=STEPS[-1])
        return replace(self, step=STEPS[max(STEPS.index(self.step) - 1, 0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One verdict as the card shows it."""

    kind: str
    months: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """The facts on a posted card that are not about the case itself."""

    details: Details
    asked_at: datetime
    seen_at: datetime | None = None  # when the sender confirmed the urgent answer
    referred_on: date | None = None
    state: str = "open"  # of the referral
    claimer: str | None = None  # a name, read from Telegram just now
    verdict: Said | None = None  # the last one
    still_urgent: Said | None = None  # an urgent answer that holds while a better photo is waited for
    comments: tuple[str, ...] = ()
    replaced: Said | None = None  # the answer before, if the one that holds corrects it
    replaced_at: datetime | None = None
    is_unreachable: bool = False
    is_overdue: bool = False
    is_older_picture: bool = False
    is_channel: bool = False
    earlier: Earlier = ()  # times and levels of the same lesion, oldest first
    made: Made = ()  # from this case
    is_short: bool = False  # there is no room for the names of risk factors and for answers about other cases


def write_card_caption(view: CaseView, facts: CardFacts, wording: Wording) -> Html:
    """The caption of a card in the clinic's chat, HTML.

    Until it fits, reasons give way, then the ticked points' names, earlier levels but the newest, then all of
    them, the names of risk factors, answers about other cases and all comments but the newest; at last the
    ends of the comment, of the sender's sentence and of the claimer's name.
    """
    room = FIRST_UNITS if facts.state == "open" else CAPTION_UNITS
    newest = replace(facts, earlier=facts.earlier[-1:])
    counts = range(len(view.assessment.reasons), -1, -1)
    for shown, names, count in product((facts, newest), (True, False), counts):
        caption = _assemble(view, shown, wording, count=count, names=names)
        if count_units(caption) <= room:
            return caption
    shortest = replace(facts, comments=facts.comments[-1:], earlier=(), is_short=True)
    caption = _assemble(view, shortest, wording, count=0)
    if (excess := count_units(caption) - CAPTION_UNITS) > 0 and shortest.comments:
        # The sender has it whole; here its end gives way.
        shortest = replace(shortest, comments=(_cut(shortest.comments[0], excess),))
        caption = _assemble(view, shortest, wording, count=0)
    if (excess := count_units(caption) - CAPTION_UNITS) > 0 and (sentence := shortest.details.sentence):
        shortest = replace(shortest, details=replace(shortest.details, sentence=_cut(sentence, excess)))
        caption = _assemble(view, shortest, wording, count=0)
    if (excess := count_units(caption) - CAPTION_UNITS) > 0 and (claimer := shortest.claimer):
        caption = _assemble(view, replace(shortest, claimer=_cut(claimer, excess)), wording, count=0)
    return caption


def _cut(words: str, excess: int) -> str:
    """Words shortened by some characters, with an ellipsis."""
    return words[: -excess - 1] + "…"


def say_verdict(said: Said, wording: Wording) -> Html:
    """A verdict in words, comment not included."""
    if said.kind == "monitor":
        return wording.say("verdict-monitor", count=said.months or MONTHS[0])
    if said.kind == "urgent":
        return wording.say("verdict-urgent", pathway=wording.urgent())
    return wording.say("verdict-" + dashed(said.kind))


def is_below(kind: str, level: RiskLevel) -> bool:
    """Whether a verdict is less urgent than the bot's level."""
    return kind in URGENCY and URGENCY[kind] < LEVEL_URGENCY.get(level, 0)


def _limit(steps: int) -> int:
    return max(-FARTHEST, min(FARTHEST, steps))


def _assemble(view: CaseView, facts: CardFacts, wording: Wording, *, count: int, names: bool = False) -> Html:
    """The whole caption with so many reasons, and the ticked points by name if `names`."""
    details, level = facts.details, rate_with_made(view, facts.made)
    reasons = [each for each in find_shown_reasons(view) if each not in SCORE_REASONS.values()][:count]
    head = join_lines(
        (
            wording.say("headline-" + dashed(level), case=view.number),
            say_made(view, facts.made, wording, is_short=facts.is_short),
            wording.say("card-asked", at=facts.asked_at, zone=facts.asked_at.tzname() or ""),
            wording.say("picture-is-older") if facts.is_older_picture else "",
            say_picked(view, wording),
        )
    )
    stated = join_lines(
        (
            say_patient(details.patient, view.context, wording),
            _say_risks(facts, wording),
            _say_earlier(facts, wording),
            wording.say("card-sentence", sentence=details.sentence) if details.sentence else "",
            say_answers(view.context, wording),
            say_raised(view, wording) if level is not RiskLevel.HIGH else "",
            _name_points(view.context, wording) if names else "",
        )
    )
    read = join_lines(Html(f"• {say_reason(each, view.context, wording)}") for each in reasons)
    return join_lines((head, stated, read, _status(facts, wording), wording.say("card-foot")), gap="\n\n")


def _say_risks(facts: CardFacts, wording: Wording) -> Html:
    """The risk factors by name, or how many there are; without a warning sign if there are none."""
    risks, chosen = say_risks(facts.details.patient, wording), facts.details.risks
    if not chosen:
        return wording.say("card-no-risks", risks=risks) if risks else Html()
    return wording.say("card-risks", risks=Html(str(len(chosen))) if facts.is_short else risks)


def _say_earlier(facts: CardFacts, wording: Wording) -> Html:
    """The earlier levels of a lesion that the sender follows."""
    levels = (
        wording.say("card-earlier-level", mark=wording.mark(level), level=wording.level(level), at=at)
        for at, name in facts.earlier
        for level in [RiskLevel(name)]
    )
    listed = join_lines(levels, gap=", ")
    return wording.say("card-earlier", levels=listed) if listed else Html()


def _name_points(context: Context, wording: Wording) -> Html:
    """The ticked points of the 7-point checklist; the answers above name everything else."""
    ticked = context.seven_point or ()
    found = [plain(wording.say(f"seven-{dashed(each)}")) for each in SevenPoint if each in ticked]
    names = ", ".join(each.partition(" · ")[0].lower() for each in found)
    return wording.say("card-points", points=names) if names else Html()


def _status(facts: CardFacts, wording: Wording) -> Html:
    """The claimer, the answer, and notes about the sender."""
    lines = []
    if facts.is_unreachable:
        lines.append(wording.say("card-unreachable"))
    if facts.is_overdue and facts.state != "answered":
        lines.append(wording.say("card-overdue"))
    if facts.state == "open":
        lines.append(wording.say("card-open"))
    elif facts.claimer is not None:
        lines.append(wording.say("card-claimed", name=facts.claimer))
    else:
        lines.append(wording.say("card-claimed-someone"))
    for said in filter(None, (facts.still_urgent, facts.verdict)):
        marked = "card-answered" if facts.replaced is None else "card-corrected"
        lines.append(wording.say(marked, verdict=say_verdict(said, wording)))
        if said.kind == "urgent":
            lines.append(_say_confirmation(facts, wording))
    if facts.replaced is not None:
        before = say_verdict(facts.replaced, wording)
        lines.append(wording.say("card-replaced", verdict=before, at=facts.replaced_at))
    lines += [wording.say("card-comment", comment=each) for each in facts.comments]
    if facts.state != "open" and not facts.is_channel:
        lines.append(wording.say("card-how-to-comment"))
    return join_lines(lines)


def _say_confirmation(facts: CardFacts, wording: Wording) -> Html:
    """Whether the sender has confirmed an urgent answer."""
    if facts.referred_on is not None:
        return wording.say("card-referred", at=facts.referred_on)
    if facts.seen_at is not None:
        return wording.say("card-seen", at=facts.seen_at)
    return wording.say("card-unconfirmed")

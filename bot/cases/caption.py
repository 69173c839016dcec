"""The caption of an answer: the level, what to do, why, and what the answer is not valid for."""

from collections.abc import Iterator, Sequence

from bot.cases.flag import say_flag_of
from bot.cases.several_lesions import find_lesions, say_higher, say_lesions
from bot.cases.signs_of_change import find_changes
from bot.cases.view import CaseView
from bot.conversation.wording import Wording, count_units, dashed
from bot.texts import Html, join_lines
from inference.assessment import SCORE_REASONS, seven_point_score
from inference.readings import Abcde, Context, PhotoFindings, Reason, RedFlag, RiskLevel, SpecialSite

CAPTION_UNITS = 1_000  # Telegram takes 1,024 after parsing; a mark for a repeated answer must fit in front
MANY_PHOTOS = 5  # of one case: more than one lesion usually has, so it may be several
MAX_REASONS = 2
MAX_FAULTS = 2
ROMAN = ("I", "II", "III", "IV", "V", "VI")  # skin types

# Shown even if space is short: each changes how the answer must be read.
_REFUSALS = frozenset({Reason.NO_LESION, Reason.FEW_PIXELS, Reason.QUALITY})
_OF_LESIONS = frozenset({Reason.SEVERAL_LESIONS, Reason.MANY_LESIONS})  # a line with numbers says more
_NEVER_DROPPED = _REFUSALS | _OF_LESIONS | {Reason.CLINICAL_PHOTO}
# The tests measured answers that the models gave, with these reasons at most.
_MEASURED = frozenset({Reason.SCORE_HIGH, Reason.OTHER_MALIGNANCY, Reason.DISAGREEMENT})


def write_caption(view: CaseView, wording: Wording, *, answer: str = "", prompt: str = "") -> Html:
    """The caption under a card, HTML; the least important reasons are left out until it fits.

    At its end are `answer`, what a clinic answered, and `prompt`, what the open page of buttons asks.
    """
    reasons = find_shown_reasons(view)
    end = join_lines((answer, prompt), gap="\n\n")
    room = CAPTION_UNITS - count_units(end) - (2 if end else 0)
    tries = [
        tuple(each for place, each in enumerate(reasons) if place < count or each in _NEVER_DROPPED)
        for count in range(min(len(reasons), MAX_REASONS), -1, -1)
    ]
    captions = (_assemble(view, each, wording) for each in (*tries, ()))
    fitting = (caption for caption in captions if count_units(caption) <= room)
    if (caption := next(fitting, None)) is not None:
        return join_lines((caption, end), gap="\n\n")
    # An answer that was replaced is in the message about it, and buttons say themselves what they are for.
    held = Html(answer.partition("\n")[0])
    listed = _assemble(view, (), wording, is_short=True)
    counted = _assemble(view, (), wording, is_short=True, counts_unread=True)
    tried = ((listed, answer, prompt), (counted, answer, prompt), (counted, held, prompt), (counted, held))
    *whole, cut = [join_lines(each, gap="\n\n") for each in tried]
    return next((each for each in whole if count_units(each) <= CAPTION_UNITS), cut)


def find_shown_reasons(view: CaseView) -> tuple[Reason, ...]:
    """The reasons for the level, most important first.

    A score that stands for a lower level is not among them: it would reassure beside an alarm. A refusal is
    a reason only if nothing else decides the level; otherwise the answer lists the photos that were not read.
    """
    level = view.assessment.level
    hidden = set(SCORE_REASONS.values()) - {SCORE_REASONS.get(level)}
    if level is not RiskLevel.NOT_ASSESSABLE:
        hidden |= _REFUSALS
    if view.flag is not None:  # beside a flag it would reassure
        hidden.add(Reason.SCORE_LOW)
    return tuple(each for each in view.assessment.reasons if each not in hidden)


def may_be_several_moles(view: CaseView) -> bool:
    """Whether a case has more photos than one lesion usually has: many were dropped at once."""
    return len(view.photos) >= MANY_PHOTOS


def has_unread_photo(view: CaseView) -> bool:
    """Whether the models could not read a photo of the case."""
    return bool(view.unopened) or RiskLevel.NOT_ASSESSABLE in view.assessment.photo_levels


def say_answers(context: Context, wording: Wording) -> Html:
    """What the clinician answered, in one line; empty if nothing."""
    answers: list[Html] = []
    if context.seven_point is not None:
        answers.append(wording.say("answer-seven-point", score=seven_point_score(context.seven_point)))
    if context.abcde is not None:
        letters = _letters(context.abcde, wording) or Html("0")
        answers.append(wording.say("answer-abcde", letters=letters))
    answers += _flags(context, wording)
    if context.skin_type is not None:
        answers.append(wording.say("answer-skin-type", number=ROMAN[context.skin_type - 1]))
    if context.under_18 is not None:
        answers.append(wording.say("age-under-18" if context.under_18 else "age-adult"))
    if context.sites is not None:
        sites = [wording.say("site-" + dashed(each)) for each in SpecialSite if each in context.sites]
        answers += sites or [wording.say("answer-no-site")]
    return wording.say("answers", answers=join_lines(answers, gap=" · ")) if answers else Html()


def say_reason(reason: Reason, context: Context, wording: Wording) -> Html:
    """One reason as a sentence; what the clinician ticked by name."""
    if reason is Reason.RED_FLAG and context.red_flags:
        return wording.say("reason-red-flag-named", flags=join_lines(_flags(context, wording), gap=", "))
    if reason is Reason.SEVEN_POINT and context.seven_point:
        return wording.say("reason-seven-point-scored", score=seven_point_score(context.seven_point))
    if reason is Reason.ABCDE and context.abcde:
        return wording.say("reason-abcde-named", letters=_letters(context.abcde, wording))
    return wording.say("reason-" + dashed(reason))


def say_faults(findings: PhotoFindings, wording: Wording) -> Iterator[Html]:
    """The faults of a refused photo and how to retake it, one sentence for each."""
    for refusal in findings.gate:
        faults = findings.quality.faults[:MAX_FAULTS] if refusal is Reason.QUALITY else ()
        yield from (wording.say("fault-" + dashed(fault)) for fault in faults)
        if not faults:
            yield wording.say("reason-" + dashed(refusal))
        if refusal is Reason.NO_LESION:
            yield wording.say("retake-no-lesion")
        if refusal is Reason.FEW_PIXELS:
            yield wording.say("retake-few-pixels", factor=findings.closer_factor)


def say_raised(view: CaseView, wording: Wording) -> Html:
    """Which better photo forbids `low`: it may show this lesion. Empty at `high`, or without one."""
    case = view.context.raised_by
    if case is None or view.assessment.level is RiskLevel.HIGH:
        return Html()
    return wording.say("reason-better-photo", case=case)


def say_not_valid(view: CaseView, wording: Wording) -> Html:
    """The limits of a `low`; empty at any other level."""
    if view.assessment.level is not RiskLevel.LOW:
        return Html()
    return say_limits(view.assessment.unanswered, wording)


def say_limits(unanswered: Sequence[str], wording: Wording) -> Html:
    """What a `low` is not valid for: a close-up that was taken for dermoscopic, and what nobody answered."""
    missing = "-and-".join(dashed(each) for each in unanswered)
    what = (wording.say("low-closeup"), wording.say("low-" + missing) if missing else "")
    return wording.say("low-not-valid", what=join_lines(what, gap=", "))


def _assemble(
    view: CaseView,
    reasons: tuple[Reason, ...],
    wording: Wording,
    *,
    is_short: bool = False,
    counts_unread: bool = False,
) -> Html:
    """All lines of a caption. A short one names no date of the flag and leaves what a button says, too."""
    level = view.assessment.level
    has_hint = may_be_several_moles(view) and not is_short
    lines = (
        say_higher(view, wording),
        say_flag_of(view, wording, is_short=is_short),
        wording.say("headline-" + dashed(level), case=view.number),
        _advice(view, wording),
        say_lesions(view, wording),
        join_lines(_why(view, reasons, wording), gap=" "),
        wording.say("picture-is-older") if view.has_older_picture else "",
        say_not_valid(view, wording),
        _unread(view, wording, is_counted=counts_unread),
        wording.say("many-photos", count=len(view.photos)) if has_hint else "",
    )
    return join_lines((*lines, wording.say("disclaimer")))


def _advice(view: CaseView, wording: Wording) -> Html:
    """What to do. A checklist that was scored is not asked for again; a change that was ticked has come."""
    level = view.assessment.level
    if level is RiskLevel.NOT_ASSESSABLE:
        return wording.say("safety-net")
    # The checklist that answers in this language ask for: NICE's or HAS's.
    checklist = view.context.seven_point if wording.language == "en" else view.context.abcde
    scored = "-scored" if level is not RiskLevel.HIGH and checklist is not None else ""
    has_changed = level is not RiskLevel.HIGH and bool(find_changes(view.context))
    pathway = {} if level is RiskLevel.LOW else {"pathway": wording.urgent()}
    advice = wording.say(f"advice-{dashed(level)}{'-changed' if has_changed else scored}", **pathway)
    is_other = level is RiskLevel.MODERATE and Reason.OTHER_MALIGNANCY in view.assessment.reasons
    if not is_other or has_changed:  # "otherwise refer routinely" holds for no lesion that has changed
        return advice
    # A checklist is for pigmented lesions: it is asked for only if the melanoma score is not low.
    other = wording.say("advice-other-malignancy", **pathway)
    return join_lines((advice, other)) if Reason.SCORE_MODERATE in view.assessment.reasons else other


def _why(view: CaseView, reasons: tuple[Reason, ...], wording: Wording) -> Iterator[Html]:
    if view.assessment.level is RiskLevel.NOT_ASSESSABLE:
        yield from say_faults(view.leading.findings, wording)
        reasons = tuple(each for each in reasons if each not in _REFUSALS)
    if find_lesions(view) is not None:
        reasons = tuple(each for each in reasons if each not in _OF_LESIONS)
    yield from (say_reason(each, view.context, wording) for each in reasons)
    yield say_raised(view, wording)
    scored, why = view.context, view.assessment.reasons
    if view.assessment.level is not RiskLevel.HIGH:  # beside `high` such a result would reassure
        if scored.seven_point is not None and Reason.SEVEN_POINT not in why:
            yield wording.say("reason-seven-point-scored", score=seven_point_score(scored.seven_point))
        if scored.abcde is not None and Reason.ABCDE not in why:
            yield wording.say("reason-abcde-none")
    yield _tested(view, wording)


def _tested(view: CaseView, wording: Wording) -> Html:
    """How many such answers were melanoma in the tests, if the tests have a figure for such answers."""
    found = wording.tested.high
    is_measured = Reason.SCORE_HIGH in view.assessment.reasons and _MEASURED.issuperset(
        view.assessment.reasons
    )
    if found is None or view.assessment.level is not RiskLevel.HIGH or not is_measured:
        return Html()
    share = wording.percent(found.prevalence)
    return wording.say("tested-high", prevalence=share, fewest=found.fewest, most=found.most)


def _unread(view: CaseView, wording: Wording, *, is_counted: bool) -> Html:
    """Which photos, or how many, were not read, and that worry does not wait for better ones."""
    if not has_unread_photo(view):
        return Html()
    level = view.assessment.level
    nets = {RiskLevel.LOW: "safety-net", RiskLevel.MODERATE: "safety-net-short"}
    net = wording.say(nets[level]) if level in nets else ""
    is_alone = view.sent_count == 1 and level is RiskLevel.NOT_ASSESSABLE  # its fault is the reason
    problems = dict.fromkeys(view.unopened, "unreadable")
    problems |= {
        each.place: dashed(each.findings.gate[0])
        for each, photo_level in zip(view.photos, view.assessment.photo_levels, strict=True)
        if photo_level is RiskLevel.NOT_ASSESSABLE and each.findings.gate
    }
    unread = (
        wording.say("unread-photo", photo=place, problem=wording.say("problem-" + problem))
        for place, problem in sorted(problems.items())
    )
    listed = wording.say("unread-count", count=len(problems)) if is_counted else join_lines(unread, gap=", ")
    photos = "" if is_alone else listed
    return join_lines((wording.say("unread-photos", photos=photos) if photos else "", net))


def _flags(context: Context, wording: Wording) -> Iterator[Html]:
    return (wording.say("flag-" + dashed(each)) for each in RedFlag if each in context.red_flags)


def _letters(found: frozenset[Abcde], wording: Wording) -> Html:
    return join_lines([wording.say("letter-" + dashed(each)) for each in Abcde if each in found], gap=", ")

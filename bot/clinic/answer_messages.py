"""Messages to the sender about the clinic's answers: each is complete, and the earlier one points to it.

A correction is a new message, because an edit notifies nobody. The messages that it replaces are struck
through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.clinic.card import Posted, find_posted, local_words
from bot.clinic.facts import MONTHS, Said, say_verdict
from bot.clinic.notices import notify_sender
from bot.clinic.sealed_forms import open_comment, return_address
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.conversation.wording import Wording
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority
from bot.delivery.sealing import open_message_id
from bot.texts import Html, join_lines
from inference.readings import RiskLevel
from storage.clinic.referrals import Referral
from storage.clinic.verdicts import Verdict, find_answer
from storage.record.answers import find_message_ids

COMMENTS_SIGNS: Final = 1_500  # in one message: Telegram takes 4,096, and escaped signs are longer


async def notify_of_answer(services: Services, posted: Posted, *, now: datetime) -> tuple[Outgoing, ...]:
    """The message about the last answer or comment, and the edits of the messages that it replaces.

    Empty if the sender can no longer be reached. The new message is the last one.
    """
    outgoing = write_answer(services, posted)
    if outgoing is None:
        return ()
    return (*await _edit_earlier(services, posted, now=now), outgoing)


def write_answer(services: Services, posted: Posted) -> Outgoing | None:
    """The message about the last answer or comment: the answer that holds, and every comment."""
    wording = word(services, posted.referral.language)
    blocks = (
        _say_title(posted, wording),
        _say_others(services, posted, wording),
        _say_content(services, posted, wording),
        _say_state(services, posted, wording),
        _say_high(posted, wording),
        wording.say("notice-safety-net", count=len(posted.view.photos)),
        wording.say("notice-reply"),
    )
    text = join_lines(blocks, gap="\n\n")
    outgoing = notify_sender(services, posted.referral, text, name=f"verdict:{len(posted.verdicts)}")
    if outgoing is None or posted.said is None:
        return outgoing
    if posted.urgent is not None:
        return replace(outgoing, keyboard=urgent_keyboard(posted.referral, wording))
    if posted.said.kind != "monitor":
        return outgoing
    months, number = posted.said.months or MONTHS[0], posted.referral.case_number
    remind = Button(
        text=wording.say("button-remind-months", count=months), data=f"r:{number}:m:{months}:keep"
    )
    return replace(outgoing, keyboard=((remind,),))


def urgent_keyboard(referral: Referral, wording: Wording) -> Keyboard:
    """Under an urgent answer: "Seen", then "Referred on …"; and the letter."""
    letter = Button(text=wording.say("button-letter"), data=f"w:{referral.case_number}")
    if referral.seen_at is None:
        confirm = Button(text=wording.say("button-seen"), data=f"urgent:{referral.token}:seen")
    else:
        text_id = "button-referred" if referral.referred_on is None else "button-referred-otherwise"
        confirm = Button(text=wording.say(text_id), data=f"urgent:{referral.token}:refer")
    return ((confirm,), (letter,))


def _say_state(services: Services, posted: Posted, wording: Wording) -> Html:
    """The next steps, and how far an urgent answer is confirmed."""
    if posted.urgent is None and (posted.said is None or posted.photo_came):
        return wording.say("notice-answer-waited-for")
    asks = posted.said is not None and posted.said.kind == "better_photo" and not posted.photo_came
    retake = wording.say("notice-retake") if asks else ""
    confirmed = "" if posted.urgent is None else _say_confirmation(services, posted.referral, wording)
    return join_lines((retake, confirmed), gap="\n\n")


def _say_confirmation(services: Services, referral: Referral, wording: Wording) -> Html:
    if referral.referred_on is not None:
        return wording.say("notice-referred", at=referral.referred_on)
    if referral.seen_at is not None:
        return wording.say("notice-seen", **local_words(services, referral.seen_at))
    return wording.say("notice-please-confirm")


def _say_high(posted: Posted, wording: Wording) -> Html:
    """At `high`, as long as the clinic has not said what the photo shows: the own referral does not wait.

    An urgent answer that holds says so itself.
    """
    waits = posted.urgent is None and (posted.said is None or posted.said.kind == "better_photo")
    if not waits or posted.referral.level != RiskLevel.HIGH:
        return Html()
    return wording.say("notice-high-stays", pathway=wording.urgent())


def _say_others(services: Services, posted: Posted, wording: Wording) -> Html:
    """An urgent answer to another request about the case: it holds, or this one replaces it."""
    own, before = find_answer(posted.verdicts), posted.before[1] if posted.before is not None else None
    if before is not None and own is not None and before.at < own.at:
        before = None  # replaced
    is_urgent = any(each is not None and each.kind == "urgent" for each in (posted.since, before))
    if is_urgent and posted.urgent is None:
        return wording.say("notice-other-urgent", verdict=say_verdict(Said(kind="urgent"), wording))
    if (struck := _find_struck(posted)) is None:
        return Html()
    at = local_words(services, struck[1].at)
    return wording.say("notice-replaces-urgent", verdict=say_verdict(Said(kind="urgent"), wording), **at)


def _find_struck(posted: Posted) -> tuple[Referral, Verdict] | None:
    """The urgent answer to an earlier request that the last answer to this one replaces."""
    answer = find_answer(posted.verdicts)
    is_calmer = answer is not None and answer.kind != "urgent"
    return posted.before if is_calmer and posted.verdicts[-1] is answer else None


def _say_title(posted: Posted, wording: Wording) -> Html:
    last = posted.verdicts[-1]
    kind = "comment" if last.kind == "comment" else "correction" if last.is_correction else "verdict"
    return wording.say(f"notice-{kind}", case=posted.referral.case_number)


def _say_content(services: Services, posted: Posted, wording: Wording) -> Html:
    held = posted.held
    comments = [open_comment(services, each.comment) for each in posted.verdicts if each.comment is not None]
    while sum(len(each) for each in comments) > COMMENTS_SIGNS:
        comments.pop(0)  # the message before keeps it
    said_words, still_urgent = Html(), Html()
    if posted.urgent is not None and posted.urgent is not posted.said:
        verdict = say_verdict(Said(kind="urgent"), wording)
        still_urgent = wording.say("notice-still-urgent", verdict=verdict)
    if held is not None:
        text_id = "notice-said-urgent" if held.kind == "urgent" else "notice-said"
        said_words = wording.say(text_id, verdict=say_verdict(held, wording))
    return join_lines(
        (
            still_urgent,
            said_words,
            *(wording.say("card-comment", comment=each) for each in comments),
            "" if (role := posted.verdicts[-1].role) is None else wording.say(f"notice-by-{role}"),
        )
    )


async def _edit_earlier(services: Services, posted: Posted, *, now: datetime) -> Sequence[Outgoing]:
    """A correction strikes through every message with the answer that it replaces.

    Anything else leaves the message before it as it is, with a pointer to the new one.
    """
    chat_id = return_address(services, posted.referral)
    assert chat_id is not None  # noqa: S101 - the new message has the same address
    text_id = "notice-replaced" if posted.verdicts[-1].is_correction else "notice-continued"
    replacing = _Replacing(chat_id=chat_id, text_id=text_id, key=f"referral:{posted.referral.token}", now=now)
    count = len(posted.verdicts)
    places = range(_find_first(posted), count)
    edits = [await _edit_message(services, posted, place, replacing, count=count) for place in places]
    struck = _find_struck(posted)
    earlier = None if struck is None else await find_posted(services, struck[0].token)
    if struck is not None and earlier is not None:  # its clinic may be gone
        replacing = replace(replacing, text_id="notice-replaced", key=f"{replacing.key}:before")
        first = next(place for place, each in enumerate(earlier.verdicts, start=1) if each.at == struck[1].at)
        places = range(first, len(earlier.verdicts) + 1)
        edits += [await _edit_message(services, earlier, place, replacing, count=count) for place in places]
    return [each for each in edits if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replacing:
    """How the messages before a new answer are edited."""

    chat_id: int
    text_id: str
    key: str  # how the edits' keys begin
    now: datetime


async def _edit_message(
    services: Services, posted: Posted, place: int, replacing: _Replacing, *, count: int
) -> Outgoing | None:
    """The edit of the message about an answer, by its place; `count` is how many the new referral has."""
    found = await _find_message(services, posted, place)
    if found is None:
        return None
    key, message_id = found
    wording = word(services, posted.referral.language)
    before = replace(posted, verdicts=posted.verdicts[:place])
    content = _say_content(services, before, wording)
    said = wording.say(replacing.text_id, said=content, **local_words(services, replacing.now))
    return Outgoing(
        key=f"{replacing.key}:replaced:{place}:{count}",
        chat_id=replacing.chat_id,
        text=join_lines((_say_title(before, wording), said), gap="\n\n"),
        replaces=key if message_id is None else None,
        edit_message_id=message_id,
        edits_caption=True,  # a message that the sender deleted does not come back
        priority=Priority.REFERRAL,
        language=wording.language,
    )


def _find_first(posted: Posted) -> int:
    """The place (from 1) of the first message that has to be edited."""
    count = len(posted.verdicts)
    if not posted.verdicts[-1].is_correction:
        return max(count - 1, 1)
    return next(place for place, each in enumerate(posted.verdicts, start=1) if each is posted.replaced)


async def _find_message(services: Services, posted: Posted, place: int) -> tuple[str, int | None] | None:
    """Key and id of an earlier message; no id if it waits to be sent; None if it is unknown."""
    key = f"referral:{posted.referral.token}:to-sender:verdict:{place}"
    async with services.database.read() as session:
        known = await find_message_ids(session, [key, f"{key}:missed"])
    for name, sealed in known.items():
        return name, None if sealed is None else open_message_id(sealed, services.keyring)
    kept = posted.verdicts[place - 1].message_id
    return None if kept is None else (key, open_message_id(kept, services.keyring))

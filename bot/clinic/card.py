"""The posted card: its text, its buttons, and the edit that shows the state of a referral."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from telegram.ext import ExtBot

from bot.cases.view import CaseView, view_case
from bot.clinic.chats import find_name, open_chat_id
from bot.clinic.facts import MONTHS, CardFacts, Said, write_card_caption
from bot.clinic.related_cases import Made, find_earlier, find_made, rate_with_made
from bot.clinic.sealed_forms import details_of, open_claimer, open_comment
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.conversation.wording import Wording, dashed, plain
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority, Record
from bot.delivery.sealing import open_message_id
from inference.readings import RiskLevel
from storage.clinic.cards import count_edit
from storage.clinic.clinics import Clinic, get_clinic
from storage.clinic.referrals import Referral, get_referral, list_of_each
from storage.clinic.tables import VERDICTS
from storage.clinic.verdicts import (
    PHOTO_CAME,
    Verdict,
    find_answer,
    find_replaced,
    find_urgent,
    has_photo_come,
    list_verdicts,
    list_verdicts_of_each,
)
from storage.database.sessions import WriteSession
from storage.record.added_photos import find_last_added
from storage.record.answers import find_message_ids
from storage.record.cases import Case, get_case

BUTTON_SIGNS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A referral with the facts of its card."""

    referral: Referral
    clinic: Clinic
    case: Case
    view: CaseView
    verdicts: tuple[Verdict, ...]  # answers and comments, oldest first
    made: Made = ()  # from its case
    message_id: int | None = None  # of the card, if known
    has_phone: bool = False  # the sender gave a number to call back
    photo_at: datetime | None = None  # when the last photo was added to the case
    since: Verdict | None = None  # the answer to a newer referral of the case; it holds
    before: tuple[Referral, Verdict] | None = (
        None  # the urgent answer to an earlier one that this one's replaces
    )

    @property
    def level(self) -> RiskLevel:
        """The level of the card."""
        return rate_with_made(self.view, self.made)

    @property
    def said(self) -> Verdict | None:
        """The last answer. An urgent one before a request for a better photo holds, too: see `urgent`."""
        return next((each for each in reversed(self.verdicts) if each.kind != "comment"), None)

    @property
    def urgent(self) -> Verdict | None:
        """The urgent answer that holds, also while the clinic waits for a better photo."""
        return find_urgent(self.verdicts)

    @property
    def waits_for_photo(self) -> bool:
        """Whether the clinic has asked for a better photo and has not answered since."""
        return self.said is not None and self.said.kind == "better_photo" and self.referral.is_open

    @property
    def photo_came(self) -> bool:
        """Whether a photo was added since the clinic asked for a better one, its last answer so far."""
        return has_photo_come(self.said, self.photo_at)

    @property
    def held(self) -> Said | None:
        """The answer that holds, as messages word it."""
        if self.said is None:
            return None
        return Said(kind=PHOTO_CAME if self.photo_came else self.said.kind, months=self.said.months)

    @property
    def replaced(self) -> Verdict | None:
        """The answer before, if the one that holds corrects it."""
        return find_replaced(self.verdicts)

    def with_verdict(self, verdict: Verdict) -> "Posted":
        """The facts after one more answer or comment."""
        referral = self.referral
        if verdict.kind == "better_photo":
            referral = replace(referral, state="claimed", overdue_told_at=None)
        elif verdict.kind != "comment":
            referral = replace(referral, state="answered", seen_at=None, referred_on=None)
        return replace(self, referral=referral, verdicts=(*self.verdicts, verdict))


async def find_posted(services: Services, token: str) -> Posted | None:
    """A referral by its token; None if it or its clinic is gone."""
    async with services.database.read() as session:
        referral = await get_referral(session, token)
        if referral is None or referral.clinic_id is None:
            return None
        clinic = await get_clinic(session, referral.clinic_id)
        number, subject = referral.case_number, referral.subject
        case = await get_case(session, number, subject=subject, also_split=True)
        verdicts = await list_verdicts(session, referral.id)
        sent = await find_message_ids(session, [referral.card_key])
        photo_at = await find_last_added(session, number)
        asked = (await list_of_each(session, [number])).get(number, ())
        others = [each for each in asked if each.id != referral.id]
        said = await list_verdicts_of_each(session, [each.id for each in others]) if others else {}
    if clinic is None or case is None:
        return None
    sealed = referral.message_id or sent.get(referral.card_key)
    return Posted(
        referral=referral,
        clinic=clinic,
        case=case,
        view=view_case(case),
        verdicts=tuple(verdicts),
        made=await find_made(services, case),
        message_id=None if sealed is None else open_message_id(sealed, services.keyring),
        has_phone=details_of(services, referral).phone is not None,
        photo_at=photo_at,
        since=_find_since([said.get(each.id, []) for each in others if each.id > referral.id], verdicts),
        before=_find_before([(each, said.get(each.id, [])) for each in others if each.id < referral.id]),
    )


def _find_since(newer: Sequence[Sequence[Verdict]], said: Sequence[Verdict]) -> Verdict | None:
    """The answer to the newest referral that has one, if it came after the last answer to this one.

    If it is urgent, also if this one was corrected since to an answer that is not.
    """
    held = next((each for verdicts in reversed(newer) if (each := find_answer(verdicts)) is not None), None)
    last = find_answer(said)
    if held is None or last is None:
        return held
    return held if held.at > last.at or (held.kind == "urgent" != last.kind) else None


def _find_before(earlier: Sequence[tuple[Referral, Sequence[Verdict]]]) -> tuple[Referral, Verdict] | None:
    """The answer to the newest earlier referral that has one, if it is urgent."""
    for referral, verdicts in reversed(earlier):
        if (answer := find_answer(verdicts)) is not None:
            return (referral, answer) if answer.kind == "urgent" else None
    return None


def clinic_wording(services: Services, clinic: Clinic) -> Wording:
    """The clinic's language."""
    return word(services, clinic.language)


def local_time(services: Services, at: datetime) -> datetime:
    """A moment by the clinics' clock."""
    local: datetime = at.astimezone(services.settings.clinic.zone)
    return local


def local_words(services: Services, at: datetime) -> dict[str, object]:
    """The arguments of a text with a moment by the clinics' clock, which need not be the reader's."""
    local = local_time(services, at)
    return {"at": local, "zone": local.tzname() or ""}


async def edit_card(
    services: Services, bot: ExtBot[None], posted: Posted, *, picture: bytes | None = None
) -> tuple[Outgoing, Record]:
    """The edit of the card to its present state, and the record that orders concurrent edits."""
    facts = await _gather_facts(services, bot, posted)
    wording, referral = clinic_wording(services, posted.clinic), posted.referral
    outgoing = Outgoing(
        key=f"referral:{referral.token}:edit:{referral.edits}",
        chat_id=open_chat_id(services, posted.clinic),
        text=write_card_caption(posted.view, facts, wording),
        photo=picture,
        keyboard=state_keyboard(posted, wording, bot.username),
        edits_caption=picture is None,
        edit_message_id=posted.message_id,
        replaces=referral.card_key if posted.message_id is None else None,
        priority=Priority.REFERRAL,
        language=wording.language,
    )

    async def record(session: WriteSession) -> None:
        await count_edit(session, referral.token, seen=referral.edits)

    return outgoing, record


def state_keyboard(posted: Posted, wording: Wording, username: str) -> Keyboard:
    """The buttons of a referral in its state."""
    referral = posted.referral
    if referral.state == "open":
        return ((_button(wording.say("button-claim"), referral, "claim"),),)
    comment: Keyboard = ()
    if posted.clinic.kind == "channel":
        url = f"https://t.me/{username}?start=v{referral.token}"
        comment = ((Button(text=wording.say("button-comment"), url=url),),)
    phone: Keyboard = (
        ((_button(wording.say("button-phone"), referral, "phone"),),) if posted.has_phone else ()
    )
    if referral.state == "claimed":
        release = (_button(wording.say("button-release"), referral, "release"),)
        return (*verdict_keyboard(referral, wording), *comment, *phone, release)
    if referral.lacks_claimer:
        claim, reopen = (
            _button(wording.say(f"button-{each}"), referral, each) for each in ("claim", "reopen")
        )
        return ((claim, reopen), (_button(wording.say("button-outcome"), referral, "outcome"),))
    if referral.state == "answered":
        fix = _button(wording.say("button-correct"), referral, "fix")
        outcome = (_button(wording.say("button-outcome"), referral, "outcome"),)
        return ((fix, _button(wording.say("button-reopen"), referral, "reopen")), *comment, *phone, outcome)
    return ()


def verdict_keyboard(referral: Referral, wording: Wording) -> Keyboard:
    """All answers, one below the other; after an answer there is a way back."""
    rows = [
        (_button(wording.say(f"button-verdict-{dashed(kind)}", pathway=wording.urgent()), referral, kind),)
        for kind in VERDICTS
    ]
    return (*rows, (_back(referral, wording),)) if referral.state == "answered" else tuple(rows)


def months_keyboard(referral: Referral, wording: Wording) -> Keyboard:
    """The buttons for the months until a new photo."""
    rows = [
        (_button(wording.say("button-months", count=count), referral, f"monitor:{count}"),)
        for count in MONTHS
    ]
    return (*rows, (_back(referral, wording),))


def sure_keyboard(referral: Referral, wording: Wording, *, said: Said, verdict: str) -> Keyboard:
    """The second tap for an answer below the bot's level."""
    level = wording.level(RiskLevel(referral.level))
    text = plain(wording.say("button-below", level=level, verdict=verdict))[:BUTTON_SIGNS]
    sure = _button(text, referral, f"{said.kind}:{said.months or ''}:sure")
    return ((sure,), (_back(referral, wording),))


def _back(referral: Referral, wording: Wording) -> Button:
    return _button(wording.say("button-back-step"), referral, "back")


def _button(text: str, referral: Referral, verb: str) -> Button:
    return Button(text=text, data=f"v:{referral.token}:{verb}")


async def _gather_facts(services: Services, bot: ExtBot[None], posted: Posted) -> CardFacts:
    referral, said, before = posted.referral, posted.said, posted.replaced
    claimer, urgent = open_claimer(services, referral), posted.urgent
    comments = [open_comment(services, each.comment) for each in posted.verdicts if each.comment is not None]
    return CardFacts(
        details=details_of(services, referral),
        made=posted.made,
        asked_at=local_time(services, referral.asked_at),
        seen_at=None if referral.seen_at is None else local_time(services, referral.seen_at),
        referred_on=referral.referred_on,
        state="open" if referral.lacks_claimer else referral.state,
        claimer=await find_name(bot, open_chat_id(services, posted.clinic), claimer),
        verdict=posted.held,
        comments=tuple(comments),
        still_urgent=Said(kind=urgent.kind) if urgent and urgent is not said else None,
        replaced=Said(kind=before.kind, months=before.months) if before else None,
        replaced_at=local_time(services, said.at) if said else None,
        is_unreachable=referral.unreachable_at is not None,
        is_overdue=referral.overdue_told_at is not None and not referral.lacks_claimer,
        is_older_picture=posted.view.has_older_picture or posted.level is not posted.view.assessment.level,
        is_channel=posted.clinic.kind == "channel",
        earlier=await find_earlier(services, posted.case),
    )

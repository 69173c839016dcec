"""Urgent answers that their sender has not confirmed: reminders, a telephone call, and an alarm.

The sender is reminded 4 hours after the answer, then daily. On the morning after the answer, and on each
later one, the claimer is asked to telephone. If nobody can, group and admins are notified at once, and what a
claimer holds who may no longer answer is free again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Final

from telegram.ext import ExtBot

from bot.clinic.admin_notices import notify_admins
from bot.clinic.answer_messages import urgent_keyboard
from bot.clinic.card import Posted, clinic_wording, edit_card, find_posted, local_time
from bot.clinic.chats import find_name, may_answer, open_chat_id
from bot.clinic.notices import notify_sender
from bot.clinic.sealed_forms import open_claimer
from bot.clinic.sender_request import edit_request
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.delivery.outgoing import Button, Outgoing, Priority, Record
from storage.clinic.claims import free_unconfirmed
from storage.clinic.confirmations import note_chased, note_telephone_asked, note_unconfirmed_told
from storage.clinic.referrals import Referral

Step = tuple[Sequence[Outgoing], Sequence[Record]]
NOTHING: Final[Step] = ((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What is due about one unconfirmed answer."""

    services: Services
    bot: ExtBot[None]
    posted: Posted
    now: datetime

    @property
    def referral(self) -> Referral:
        """The referral that was answered."""
        return self.posted.referral

    @property
    def today(self) -> date:
        """The day by the clinics' clock."""
        return local_time(self.services, self.now).date()

    @property
    def is_chase_due(self) -> bool:
        """Whether a reminder to the sender is due."""
        chase_at = self.referral.chase_at
        return chase_at is not None and chase_at <= self.now

    @property
    def is_call_due(self) -> bool:
        """Whether it is the morning of a day after the answer, on which nobody was asked to telephone."""
        urgent = self.posted.urgent
        hour = self.services.settings.clinic.digest_hour
        if urgent is None or local_time(self.services, self.now).hour < hour:
            return False
        asked = self.referral.telephone_asked_on
        return local_time(self.services, urgent.at).date() < self.today and (
            asked is None or asked < self.today
        )

    @property
    def is_lost(self) -> bool:
        """Whether the sender cannot be reached by messages, and nobody was asked to telephone."""
        return self.referral.unreachable_at is not None and self.referral.telephone_asked_on is None

    @property
    def missing(self) -> str | None:
        """Why nobody can telephone: "phone" or "claimer"; None if the claimer can."""
        if not self.posted.has_phone:
            return "phone"
        return "claimer" if self.referral.claimer is None else None


async def follow_up(services: Services, bot: ExtBot[None], referral: Referral, *, now: datetime) -> Step:
    """The messages and records that are due for an unconfirmed urgent answer."""
    posted = await find_posted(services, referral.token)
    if posted is None or posted.referral.chase_at is None:
        return NOTHING
    moment = _Moment(services=services, bot=bot, posted=posted, now=now)
    steps = [_chase(moment)]
    if await _is_claimer_gone(moment):
        steps.append(await _free(moment))
    else:
        steps += [await _ask_to_telephone(moment), await _raise_alarm(moment)]
    return [m for messages, _ in steps for m in messages], [r for _, records in steps for r in records]


def _chase(moment: _Moment) -> Step:
    """Remind the sender."""
    if not moment.is_chase_due:
        return NOTHING
    referral, services = moment.referral, moment.services
    wording = word(services, referral.language)
    text = wording.say("urgent-reminder", case=referral.case_number, pathway=wording.urgent())
    assert referral.chase_at is not None  # noqa: S101 - it is due
    notice = notify_sender(services, referral, text, name=f"chase:{referral.chase_at:%Y%m%d%H%M}")
    messages = () if notice is None else (replace(notice, keyboard=urgent_keyboard(referral, wording)),)
    return messages, (partial(note_chased, token=referral.token, now=moment.now),)


async def _is_claimer_gone(moment: _Moment) -> bool:
    """Whether the claimer may no longer answer, and so not telephone; asked when a call may be due."""
    clinic, user_id = moment.posted.clinic, open_claimer(moment.services, moment.referral)
    is_due = moment.is_chase_due or moment.is_call_due or moment.is_lost
    if user_id is None or not is_due or not moment.posted.has_phone or not clinic.is_linked:
        return False
    return not await may_answer(moment.services, moment.bot, clinic, user_id=user_id)


async def _free(moment: _Moment) -> Step:
    """Free the case for a colleague, and notify group and admins."""
    referral, services = moment.referral, moment.services
    state = "open" if referral.state == "claimed" else referral.state
    after = replace(moment.posted, referral=replace(referral, state=state, claimer_ref=None, claimer=None))
    card, counted = await edit_card(services, moment.bot, after)
    messages = (card, *await edit_request(services, after), *await _write_alarm(moment, "claimer"))
    noted = partial(note_unconfirmed_told, token=referral.token, now=moment.now)
    return messages, (counted, noted, partial(free_unconfirmed, token=referral.token, now=moment.now))


async def _ask_to_telephone(moment: _Moment) -> Step:
    """Ask the claimer, on the morning after; at once if the sender cannot be reached by messages."""
    referral, posted = moment.referral, moment.posted
    is_due = moment.is_call_due or moment.is_lost
    if moment.missing is not None or not posted.clinic.is_linked or not is_due:
        return NOTHING
    chat_id = open_chat_id(moment.services, posted.clinic)
    name = await find_name(moment.bot, chat_id, open_claimer(moment.services, referral))
    wording = clinic_wording(moment.services, posted.clinic)
    text_id = "urgent-telephone" if name is not None else "urgent-telephone-someone"
    asked = Outgoing(
        key=f"referral:{referral.token}:telephone:{moment.today}",
        chat_id=chat_id,
        text=wording.say(text_id, case=referral.case_number, name=name or ""),
        keyboard=(
            (
                Button(text=wording.say("button-phone"), data=f"v:{referral.token}:phone"),
                Button(text=wording.say("button-reached"), data=f"v:{referral.token}:reached"),
            ),
        ),
        reply_to_message_id=posted.message_id,
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    return (asked,), (partial(note_telephone_asked, token=referral.token, on=moment.today),)


async def _raise_alarm(moment: _Moment) -> Step:
    """Notify group and admins, once, that nobody has confirmed and nobody can telephone."""
    referral = moment.referral
    is_unreachable = referral.unreachable_at is not None
    is_due = is_unreachable or (moment.missing is not None and (moment.is_chase_due or moment.is_call_due))
    if not is_due or referral.unconfirmed_told_at is not None:
        return NOTHING
    why = moment.missing or "unreachable"
    messages = await _write_alarm(moment, why)
    return messages, (partial(note_unconfirmed_told, token=referral.token, now=moment.now),)


async def _write_alarm(moment: _Moment, why: str) -> Sequence[Outgoing]:
    """The message to the admins and, if it can be reached, to the group."""
    referral, services = moment.referral, moment.services
    key = f"referral:{referral.token}:unconfirmed"
    if why == "claimer":  # each claimer can leave
        key = f"{key}:{referral.edits}"
    messages = list(
        await notify_admins(services, f"{key}:admin", f"urgent-unconfirmed-{why}", case=referral.case_number)
    )
    if moment.posted.clinic.is_linked:
        wording = clinic_wording(services, moment.posted.clinic)
        notice = Outgoing(
            key=key,
            chat_id=open_chat_id(services, moment.posted.clinic),
            text=wording.say(f"urgent-unconfirmed-{why}", case=referral.case_number),
            reply_to_message_id=moment.posted.message_id,
            priority=Priority.REFERRAL,
            language=wording.language,
        )
        messages.append(notice)
    return messages

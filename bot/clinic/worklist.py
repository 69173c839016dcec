"""Lists of open referrals: `/open`, `/mine`, and the daily list; in the group, and in private for members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.clinic.card import clinic_wording, local_time
from bot.clinic.chats import judge_presser, open_chat_id, open_title
from bot.clinic.facts import LEVEL_URGENCY
from bot.conversation.access import log_refusal
from bot.conversation.context import Services
from bot.conversation.request import Reply, Request
from bot.conversation.wording import Wording
from bot.delivery.sealing import open_message_id
from bot.texts import Html, join_lines
from inference.readings import RiskLevel
from storage.clinic.clinics import Clinic, find_clinic_of_chat
from storage.clinic.links import list_clinics
from storage.clinic.referrals import Referral
from storage.clinic.worklist import list_work
from storage.record.answers import find_message_ids

LINES: Final = 30
SUPERGROUPS: Final = -(10**12)  # chats whose messages have links have ids below this


async def show_open(request: Request) -> Reply:
    """`/open`: everything that a clinic has not finished."""
    return await _show(request, only_mine=False)


async def show_mine(request: Request) -> Reply:
    """`/mine`: what this person has claimed of it."""
    return await _show(request, only_mine=True)


async def find_clinic_here(request: Request) -> Clinic | None:
    """The linked clinic of a group in which this person may answer."""
    async with request.services.database.read() as session:
        clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(request.chat_id))
    if clinic is None or not clinic.is_linked or await judge_presser(request, clinic) != "may":
        return None
    return clinic


async def write_worklist(
    services: Services, clinic: Clinic, work: Sequence[Referral], *, now: datetime, wording: Wording
) -> Html:
    """One line for each case: unconfirmed urgent answers, then by level, then by age."""
    ordered = sorted(work, key=lambda each: (*_rank(each), each.asked_at))
    links = await _find_links(services, clinic, ordered[:LINES])
    lines = [_write_line(services, each, links, now=now, wording=wording) for each in ordered[:LINES]]
    if len(ordered) > LINES:
        lines.append(wording.say("digest-more", count=len(ordered) - LINES))
    return join_lines(lines)


async def _show(request: Request, *, only_mine: bool) -> Reply:
    clinics = await _find_clinics(request)
    if not clinics:
        log_refusal(request, "no dermatologist")
        return request.answer("worklist-refused")
    blocks = []
    for clinic in clinics:
        wording = request.wording if request.is_private else clinic_wording(request.services, clinic)
        async with request.services.database.read() as session:
            work = await list_work(session, clinic.id, user_refs=request.user_refs if only_mine else None)
        text_id = "worklist-mine" if only_mine else "worklist-open"
        title = wording.say(text_id, count=len(work), clinic=open_title(request.services, clinic))
        lines = await write_worklist(request.services, clinic, work, now=request.now(), wording=wording)
        blocks.append(join_lines((title, lines)))
    return Reply(messages=(request.message(join_lines(blocks, gap="\n\n")),))


async def _find_clinics(request: Request) -> Sequence[Clinic]:
    """The clinic of this group, or in private every linked clinic in which the person may answer."""
    if not request.is_private:
        here = await find_clinic_here(request)
        return () if here is None else (here,)
    async with request.services.database.read() as session:
        linked = [each for each in await list_clinics(session) if each.is_linked]
    return [each for each in linked if await judge_presser(request, each) == "may"]


def _rank(referral: Referral) -> tuple[int, int]:
    """The sort key: urgent answers without confirmation first, then higher levels."""
    return int(referral.chase_at is None), -LEVEL_URGENCY.get(RiskLevel(referral.level), 0)


def _write_line(
    services: Services, referral: Referral, links: dict[str, str], *, now: datetime, wording: Wording
) -> Html:
    number = Html(referral.case_number)
    if (link := links.get(referral.token)) is not None:
        number = Html(f'<a href="{link}">{number}</a>')
    line = wording.say(
        "digest-line",
        mark=wording.mark(RiskLevel(referral.level)),
        case=number,
        at=local_time(services, referral.asked_at),
    )
    if referral.chase_at is not None:
        state = wording.say("worklist-unconfirmed")
    else:
        state = wording.say("worklist-claimed") if referral.state == "claimed" else Html()
    is_overdue = referral.is_open and referral.due_at <= now
    return join_lines((line, state, wording.say("worklist-overdue") if is_overdue else ""), gap=" · ")


async def _find_links(services: Services, clinic: Clinic, work: Sequence[Referral]) -> dict[str, str]:
    """Links to the cards, by token; Telegram has them for supergroups and channels only."""
    chat_id = open_chat_id(services, clinic)
    if chat_id >= SUPERGROUPS:
        return {}
    async with services.database.read() as session:
        sent = await find_message_ids(session, [each.card_key for each in work])
    links = {}
    for each in work:
        sealed = each.message_id or sent.get(each.card_key)
        if sealed is not None:
            message_id = open_message_id(sealed, services.keyring)
            links[each.token] = f"https://t.me/c/{SUPERGROUPS - chat_id}/{message_id}"
    return links

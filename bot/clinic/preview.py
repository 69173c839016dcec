"""The last step of asking the clinic: the card as it will be posted, the patient's consent, the posting."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.cases.caption import CAPTION_UNITS
from bot.cases.history import find_own_case
from bot.cases.reread import read_again
from bot.cases.signs_of_change import find_changes
from bot.cases.view import CaseView, view_case
from bot.clinic.album import choose_photos, draw_album, keep_album, write_album
from bot.clinic.card import clinic_wording, local_time, local_words
from bot.clinic.chats import open_chat_id, open_title
from bot.clinic.cuts import CROPS, WHOLE
from bot.clinic.facts import MOVES, PREVIEW, CardFacts, Details, write_card_caption
from bot.clinic.picture import Sight, draw_card_picture
from bot.clinic.related_cases import Earlier, Made, find_earlier, find_made, rate_with_made
from bot.clinic.sealed_forms import drop_form, find_form, keep_form, seal_details, seal_return
from bot.clinic.sender_request import say_advice, say_usual_time, withdraw_keyboard
from bot.clinic.verdicts import find_clinic
from bot.conversation.context import Services
from bot.conversation.request import Reply, Request
from bot.conversation.wording import Wording, count_units, plain
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority, Record
from bot.texts import Html, join_lines
from inference.readings import PhotoReading, RiskLevel
from storage.clinic.clinics import Clinic
from storage.clinic.referrals import NewReferral, add_referral, find_open
from storage.database.sessions import WriteSession
from storage.record.cases import Case

WORKING_DAYS: Final = {RiskLevel.HIGH: 1}
OTHER_DAYS: Final = 3
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCard:
    """The card that would be posted now."""

    case: Case
    view: CaseView
    level: RiskLevel  # no less than that of a lesion picked on the photo
    clinic: Clinic
    caption: Html
    readings: Sequence[PhotoReading]
    print: str  # of the words, time apart: what was shown is what is posted


class _Source(NamedTuple):
    """What a card is composed from."""

    case: Case
    view: CaseView
    clinic: Clinic
    readings: Sequence[PhotoReading]
    earlier: Earlier
    made: Made


async def show_preview(request: Request, form: Details, *, view: CaseView | None = None) -> Reply:
    """The card instead of the form, with the question for the patient's consent.

    Args:
        request: who asks.
        form: with what is said about the patient now.
        view: the case, if it was assessed again in this turn.

    Raises:
        BusyError: the photo waits for the networks; the turn is retried.
    """
    found = await _find(request, form, view=view)
    return found if isinstance(found, Reply) else await _show(request, form, found=found)


async def refresh_preview(
    request: Request, view: CaseView, *, readings: Sequence[PhotoReading] | None
) -> tuple[tuple[Outgoing, ...], tuple[Record, ...]]:
    """Update an open preview when the level of its case changes; without readings it cannot be sent."""
    form, clinic = await find_form(request, view.number), await find_clinic(request)
    case = await find_own_case(request, view.number)
    if form is None or form.step != PREVIEW or readings is None or clinic is None or case is None:
        return (), ()
    source = await _gather(request, case, view=view, clinic=clinic, readings=readings)
    shown = await _show(request, form, found=_compose(request, form, source=source))
    (edited,) = shown.messages
    return (replace(edited, key=f"{request.turn.key}:preview:{view.number}"),), shown.records


async def _show(request: Request, form: Details, *, found: PreparedCard) -> Reply:
    form = replace(form, step=PREVIEW, shown=found.print)
    assert form.message_id is not None  # noqa: S101 - the form was pressed before
    said = _say_preview(request, form, found)
    edited = request.edit(form.message_id, said, keyboard=_keyboard(request, form))
    picture = await _draw(request, form, found)
    return Reply(
        messages=(replace(edited, photo=picture),),
        records=(keep_form(request, replace(form, is_picture=True)),),
    )


async def post(request: Request, form: Details) -> Reply:
    """Post it as it was shown; whatever changed since then is shown again first.

    Raises:
        BusyError: the photo waits for the networks; the turn is retried.
    """
    found = await _find(request, form)
    if isinstance(found, Reply):
        return found
    if found.print != form.shown:
        return await show_preview(request, form)
    card = Outgoing(
        key=f"referral:{form.token}:card",
        chat_id=open_chat_id(request.services, found.clinic),
        text=found.caption,
        photo=await _draw(request, form, found),
        keyboard=(
            (
                Button(
                    text=clinic_wording(request.services, found.clinic).say("button-claim"),
                    data=f"v:{form.token}:claim",
                ),
            ),
        ),
        priority=Priority.REFERRAL,
        language=found.clinic.language,
    )
    services, case = request.services, found.case
    album = await draw_album(services, request.bot, case=case, form=form)
    key = f"referral:{form.token}:album"
    photos = write_album(services, found.clinic, album, key=key, number=case.number)
    return Reply(
        messages=(card, *photos, await _say_sent(request, form, found)),
        records=(
            _asking(request, form, found),
            keep_album(found.clinic, case, album, key=key, services=services),
            drop_form(request, form.case_number),
        ),
    )


def find_due(services: Services, level: RiskLevel, *, asked_at: datetime) -> datetime:
    """When an answer is overdue: after 1 working day for `high`, after 3 for everything else."""
    moment = local_time(services, asked_at)
    if moment.weekday() >= SATURDAY:  # asked at a weekend, it begins on Monday
        monday = moment + timedelta(days=7 - moment.weekday())
        moment = monday.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(WORKING_DAYS.get(level, OTHER_DAYS)):
        moment += timedelta(days=1)
        while moment.weekday() >= SATURDAY:
            moment += timedelta(days=1)
    return moment


async def _find(request: Request, form: Details, *, view: CaseView | None = None) -> PreparedCard | Reply:
    """The card that would be posted, or the reason why it cannot be."""
    case, clinic = await find_own_case(request, form.case_number), await find_clinic(request)
    if case is None or clinic is None:
        return Reply(notice=request.say("case-unknown" if case is None else "referral-no-clinic"))
    async with request.services.database.read() as session:
        if await find_open(session, case.number) is not None:
            return Reply(notice=request.say("referral-already"))
    readings = await read_again(request, case)
    if readings is None:
        return request.answer("referral-no-photo")
    view = replace(view or view_case(case), has_older_picture=False)
    source = await _gather(request, case, view=view, clinic=clinic, readings=readings)
    return _compose(request, form, source=source)


async def _gather(
    request: Request, case: Case, *, view: CaseView, clinic: Clinic, readings: Sequence[PhotoReading]
) -> _Source:
    earlier = await find_earlier(request.services, case)
    return _Source(case, view, clinic, readings, earlier, await find_made(request.services, case))


def _compose(request: Request, form: Details, *, source: _Source) -> PreparedCard:
    """The card in words, and their fingerprint."""
    case, view, clinic, readings, earlier, made = source
    facts = CardFacts(
        details=form,
        asked_at=local_time(request.services, request.now()),
        is_channel=clinic.kind == "channel",
        earlier=earlier,
        made=made,
    )
    wording = clinic_wording(request.services, clinic)
    timeless = replace(facts, asked_at=case.created_at)
    return PreparedCard(
        case=case,
        view=view,
        level=rate_with_made(view, made),
        clinic=clinic,
        caption=write_card_caption(view, facts, wording),
        readings=readings,
        print=hashlib.sha256(plain(write_card_caption(view, timeless, wording)).encode()).hexdigest()[:16],
    )


def _say_preview(request: Request, form: Details, found: PreparedCard) -> Html:
    """The card's text, with a heading and what sending means; shortened if space is short."""
    title = request.say("referral-preview", clinic=open_title(request.services, found.clinic))
    kind = "referral-photos" if form.locator is None else "referral-photos-locator"
    photos = request.say(kind, count=len(choose_photos(found.case)))
    consent = request.say("referral-consent")
    advice = _say_advice(found, request.wording)
    tries = (
        (title, found.caption, join_lines((photos, consent, advice))),
        (found.caption, join_lines((photos, consent))),
        (found.caption, consent),
    )
    captions = [join_lines(blocks, gap="\n\n") for blocks in tries]
    return next((each for each in captions if count_units(each) <= CAPTION_UNITS), captions[-1])


def _say_advice(found: PreparedCard, wording: Wording) -> Html:
    return say_advice(found.level, wording, has_changed=bool(find_changes(found.view.context)))


async def _draw(request: Request, form: Details, found: PreparedCard) -> bytes:
    sight = Sight(view=found.view, readings=found.readings, cuts=[form.cut] * len(found.readings))
    wording = clinic_wording(request.services, found.clinic)
    return await draw_card_picture(request.services, sight, wording=wording, at=found.case.created_at)


def _asking(request: Request, form: Details, found: PreparedCard) -> Record:
    keyring, level = request.services.keyring, found.level
    new = NewReferral(
        token=form.token,
        case_number=form.case_number,
        subject=found.case.subject,
        clinic_id=found.clinic.id,
        level=level,
        language=request.wording.language,
        due_at=find_due(request.services, level, asked_at=request.now()),
        reply_chat=seal_return(keyring, request.chat_id),
        details=seal_details(keyring, replace(form, photos=len(found.case.photos))),
    )

    async def record(session: WriteSession) -> None:
        await add_referral(session, new, now=request.now())

    return record


async def _say_sent(request: Request, form: Details, found: PreparedCard) -> Outgoing:
    assert form.message_id is not None  # noqa: S101 - it was pressed
    sent = request.say(
        "referral-sent",
        case=form.case_number,
        clinic=open_title(request.services, found.clinic),
        **local_words(request.services, request.now()),
    )
    usual = await say_usual_time(request.services, found.clinic.id, request.wording)
    text = join_lines((sent, usual, _say_advice(found, request.wording)), gap="\n\n")
    keyboard = withdraw_keyboard(form.token, request.wording)
    edited = request.edit(form.message_id, text, keyboard=keyboard)
    return replace(edited, edits_caption=form.is_picture)


def _keyboard(request: Request, form: Details) -> Keyboard:
    crops = []
    for percent in CROPS:
        label = request.say("button-crop", percent=percent)
        text = request.say("button-crop-chosen", label=label) if percent == form.crop else label
        crops.append(Button(text=text, data=f"q:{form.case_number}:crop:{percent}"))
    number = request.say("button-add-phone") if form.phone is None else f"☎ {form.phone}"
    phone = Button(text=number, data=f"q:{form.case_number}:phone")
    text_id = "button-add-locator" if form.locator is None else "button-change-locator"
    locator = Button(text=request.say(text_id), data=f"q:{form.case_number}:locator")
    send = Button(text=request.say("button-send-referral"), data=f"q:{form.case_number}:send")
    edit = Button(text=request.say("button-patient"), data=f"q:{form.case_number}:edit")
    back = Button(text=request.say("button-previous"), data=f"q:{form.case_number}:back")
    cancel = Button(text=request.say("button-cancel-form"), data=f"q:{form.case_number}:cancel")
    moves = tuple(
        Button(text=request.say(f"button-move-{direction}"), data=f"q:{form.case_number}:move:{direction}")
        for direction in (MOVES if form.crop < WHOLE.percent else ())
    )
    return tuple(
        row for row in (tuple(crops), moves, (edit, phone), (locator,), (send,), (back, cancel)) if row
    )

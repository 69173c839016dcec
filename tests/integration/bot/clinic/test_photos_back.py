"""Photos that a sender sends back to the clinic: how much of them it sees, and what they are to the case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select, update

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from inference.boxes import Box
from inference.readings import LesionPicture, PhotoFindings, PhotoReading, Reason
from storage.clinic.referrals import get_referral
from storage.clinic.tables import ReferralRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.tables import PhotoRow
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_better_photo import (
    TOKEN,
    Asked,
    ask_clinic,
    ask_for_better,
    claim_case,
)
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import gated, lesion_of, photo_of, readable
from tests.support.offline import Chat, Sender
from tests.support.records import GROUP, clinic_row
from tests.support.senders import GP, HIGH, LOW, accept_terms, own_cases, plain_spaces

pytestmark = [pytest.mark.backends("sqlite")]

FR = Sender(7_311_002, "fr")
BOTH = pytest.mark.parametrize("gp", [GP, FR])
MARK = (255, 0, 255)  # of no card
Mark = Callable[[NDArray[np.uint8]], None]


def add_drawn(chat: Chat, findings: PhotoFindings, mark: Mark) -> bytes:
    """A photo of 1280 x 960 pixels that looks as `mark` draws it, with the outlines of its lesions."""
    data = chat.add_photo(findings)
    pixels = np.full((960, 1280, 3), 200, np.uint8)
    mark(pixels)
    read = chat.engine.read

    async def read_drawn(asked: bytes, *, gate: bool = True) -> PhotoReading:
        reading = await read(asked, gate=gate)
        if asked != data:
            return reading
        lesions = tuple(
            LesionPicture(crop=each.box, outline=each.outline, evidence={}) for each in findings.lesions
        )
        return replace(reading, preview=pixels, lesions=lesions, evidence={})

    chat.engine.read = read_drawn  # type: ignore[method-assign]
    return data


def count_marked(photo: bytes | None) -> int:
    with Image.open(BytesIO(photo or b"")) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return int(((pixels[..., 0] > 200) & (pixels[..., 1] < 90) & (pixels[..., 2] > 200)).sum())


async def crop_first(asked: Asked) -> None:
    """The sender has cropped the first photo to its middle."""
    keyring = asked.chat.application.bot_data["services"].keyring
    form = Details(token=TOKEN, case_number=asked.number, crop=60, photos=1)
    async with asked.chat.database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))


def draw_corner(pixels: NDArray[np.uint8]) -> None:
    pixels[20:120, 1150:1250] = MARK


@BOTH
async def test_no_lesion_of_the_better_photo_is_cut_off(
    database: Database, tmp_path: Path, gp: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, LOW)
    await crop_first(asked)
    boxes = Box(60, 430, 160, 530), Box(1150, 20, 1250, 120)
    lesions = [
        replace(
            lesion_of(score),
            box=box,
            outline=(
                (box.left, box.top),
                (box.right, box.top),
                (box.right, box.bottom),
                (box.left, box.bottom),
            ),
        )
        for score, box in zip((0.05, 0.95), boxes, strict=True)
    ]
    turn = await asked.reply(add_drawn(asked.chat, photo_of(*lesions), draw_corner))
    answer, forwarded, *_ = turn.sent
    assert (await asked.case()).level == "high"
    assert count_marked(forwarded.photo) > 0
    says = {GP: "so that no lesion is cut off", FR: "pour ne couper aucune lésion"}[gp]
    assert says in plain_spaces(plain(answer.text or ""))


@BOTH
async def test_without_a_marked_lesion_the_answer_says_that_the_middle_is_shown(
    database: Database, tmp_path: Path, gp: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, LOW)
    await crop_first(asked)
    unmarked = replace(readable(0.95, 0.95), lesion_count=0)
    turn = await asked.reply(add_drawn(asked.chat, unmarked, draw_corner))
    answer, forwarded, *_ = turn.sent
    assert count_marked(forwarded.photo) == 0, "as much is hidden as of the first photo"
    says = {GP: "If the lesion is not there", FR: "Si la lésion n'y est pas"}[gp]
    assert says in plain_spaces(plain(answer.text or "")).replace("’", "'")


@BOTH
async def test_a_high_photo_that_nobody_asked_for_is_recorded_and_flags_the_lesion(
    database: Database, keyring: Keyring, gp: Sender
) -> None:
    asked = await claim_case(Chat(database, keyring), keyring, gp, LOW)
    await press(asked.chat, ANN, f"v:{TOKEN}:benign")
    turn = await asked.reply(asked.chat.add_photo(HIGH))
    case = await asked.case()
    assert (case.level, len(case.photos)) == ("high", 2)
    assert await is_flagged(asked.chat, case)
    assert {GP: "It is now a photo of", FR: "Elle fait maintenant partie"}[gp] in (turn.sent[0].text or "")
    await asked.reply(asked.chat.add_photo(LOW))
    assert len((await asked.case()).photos) == 2, "a low one that nobody asked for is passed on alone"


@pytest.mark.parametrize("later", ["", "tick"])
@pytest.mark.parametrize("is_old", [False, True])
async def test_the_better_photo_is_not_shown_in_a_teaching_round(
    database: Database, keyring: Keyring, later: str, *, is_old: bool
) -> None:
    chat, person = Chat(database, keyring), Sender(ANN.user_id)
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    await accept_terms(chat, person)
    async with database.write() as session:
        session.add(clinic_row(keyring, GROUP))
    mention = {"type": "mention", "offset": 0, "length": 10}
    taught = await chat.take(
        chat.photo(
            Sender(ANN.user_id, group_id=GROUP),
            chat.add_photo(LOW),
            caption="@nevus_bot",
            caption_entities=[mention],
        )
    )
    async with database.write() as session:
        await outbox.put_message(session, seal_message(taught.sent[0], keyring), now=0.0)
    (case,) = await own_cases(chat, person)
    if is_old:  # as release 0.3.0 recorded it
        async with database.write() as session:
            (photo,) = await session.scalars(select(PhotoRow))
            photo.findings = {
                name: photo.findings[name] for name in photo.findings.keys() - {"sent", "place"}
            }
    form = Details(token=TOKEN, case_number=case.number, crop=60, photos=1)
    await ask_clinic(chat, keyring, person, form)
    for verb in ("claim", "better_photo"):
        await press(chat, ANN, f"v:{TOKEN}:{verb}")
    asked = Asked(chat, person, case.subject, case.number)

    def draw_edge(pixels: NDArray[np.uint8]) -> None:
        pixels[:, :60] = MARK

    turn = await asked.reply(add_drawn(chat, readable(0.95, 0.95), draw_edge))
    if later:
        turn = await chat.take(chat.press(person, f"k:{case.number}:7:r0:1"))
    posted: list[Outgoing] = [each for each in turn.sent if each.chat_id == GROUP]
    edited = [each for each in posted if each.key.startswith(taught.sent[0].key)]
    assert len(edited) == 1
    assert "HIGH RISK" in (edited[0].text or "")
    assert sum(count_marked(each.photo) for each in posted if each.photo) == 0


@pytest.mark.parametrize("sent", ["unreadable", "low"])
async def test_a_ticked_red_flag_makes_no_photo_high(database: Database, keyring: Keyring, sent: str) -> None:
    """It speaks for the case; a photo that nobody asked for is then passed on alone."""
    asked = await claim_case(Chat(database, keyring), keyring, GP, LOW)
    await asked.chat.take(asked.chat.press(GP, f"k:{asked.number}:7:r0:1"))
    await press(asked.chat, ANN, f"v:{TOKEN}:benign::sure")
    photo = LOW if sent == "low" else gated(Reason.NO_LESION)
    turn = await asked.reply(asked.chat.add_photo(photo))
    assert len((await asked.case()).photos) == 1
    said = plain_spaces(plain(turn.sent[0].text or ""))
    assert {"low": "by the models: low", "unreadable": "by the models: not assessable"}[sent] in said
    assert "send your own referral today" in said, "the red flag still counts"


async def test_a_photo_that_nobody_asked_for_postpones_no_answer(
    database: Database, keyring: Keyring
) -> None:
    asked = await claim_case(Chat(database, keyring), keyring, GP, HIGH)
    due_at = await read_due(database)
    asked.chat._now += timedelta(hours=23)
    await asked.reply(asked.chat.add_photo(HIGH))
    assert len((await asked.case()).photos) == 2
    assert await read_due(database) == due_at


async def read_due(database: Database) -> datetime | None:
    async with database.read() as session:
        referral = await get_referral(session, TOKEN)
    return referral.due_at if referral is not None else None

"""The photos of a referred case follow its card as an album; the locator photo is read by nobody else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import open_details, seal_details
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import (
    open_message,
    reseal_message,
    seal_message,
    seal_message_id,
    take_album_apart,
)
from inference.photos import DamagedPhotoError
from storage.clinic.drafts import keep_draft, list_drafts
from storage.clinic.group_messages import list_group_messages
from storage.clinic.links import lose_clinic
from storage.clinic.referrals import find_latest
from storage.database.key_file import make_key, open_key_file
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.queues.keys import SealedMessage
from storage.record.cases import list_cases
from tests.support.builders import readable
from tests.support.offline import BOT, NOON, Chat, FakeTurn, Sender
from tests.support.records import GROUP
from tests.support.senders import GP, GP_FR, accept_terms, own_cases

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic")]


async def ask(chat: Chat, who: Sender, photos: int = 1) -> tuple[str, str, FakeTurn]:
    """Subject and number of a case whose form has come to the preview; and the preview."""
    await accept_terms(chat, who)
    group = {"media_group_id": "album"} if photos > 1 else {}
    await chat.take(
        *(chat.photo(who, chat.add_photo(readable(0.1 * n, 0.1)), **group) for n in range(1, photos + 1))
    )
    (case,) = await own_cases(chat, who)
    number = case.number
    preview = await chat.take(chat.press(who, f"q:{number}:ask"))
    while preview.sent[0].photo is None:  # one question after the other
        preview = await chat.take(chat.press(who, f"q:{number}:pass"))
    return case.subject, number, preview


async def add_locator(chat: Chat, who: Sender, number: str, *, reply_to: int | None = 900) -> FakeTurn:
    """Press the button, then send a photo."""
    await chat.take(chat.press(who, f"q:{number}:locator"))
    reply = {}
    if reply_to is not None:
        message = {"message_id": reply_to, "date": 1, "chat": who.chat, "from": BOT, "text": "form"}
        reply = {"reply_to_message": message}
    return await chat.take(chat.photo(who, chat.add_photo(readable(0.9, 0.9)), **reply))


async def form_of(chat: Chat, subject: str) -> Details:
    async with chat.database.read() as session:
        ((_, sealed),) = await list_drafts(session, subject)
    return open_details(chat.application.bot_data["services"].keyring, sealed)


def album_of(turn: FakeTurn) -> Outgoing:
    (album,) = [each for each in turn.sent if each.is_protected]
    return album


@pytest.mark.parametrize(("who", "says"), [(GP, "did not read it"), (GP_FR, "ne l’ont pas lue")])
@pytest.mark.parametrize("reply_to", [900, None])
async def test_a_locator_photo_is_not_read_and_goes_to_the_clinic_only(
    chat: Chat, who: Sender, says: str, reply_to: int | None
) -> None:
    subject, number, _ = await ask(chat, who)
    read = chat.engine.read_count
    turn = await add_locator(chat, who, number, reply_to=reply_to)
    assert chat.engine.read_count == read + 1, "the case's own photo for the preview, and nothing else"
    preview, said = turn.sent
    assert says in (said.text or "")
    assert preview.edit_message_id == 900
    async with chat.database.read() as session:
        (case,) = await list_cases(session, subject=subject, limit=9)
    assert (len(case.photos), case.level) == (1, "low"), "no new case, no other level"
    sent = await chat.take(chat.press(who, f"q:{number}:send", on_card=True))
    album = album_of(sent)
    assert (album.chat_id, len(album.more_photos)) == (GROUP, 1)
    assert "The last one is the locator photo." in (album.text or "")
    assert album.photo is not None
    assert album.photo.startswith(b"\xff\xd8")
    assert b"Exif" not in b"".join((album.photo, *album.more_photos))
    async with chat.database.read() as session:
        kept = await list_group_messages(session, subject, case_number=number)
    assert [each.key for each in kept] == [f"{album.key}:1", f"{album.key}:2"]


async def test_a_photo_long_after_the_question_is_a_new_case(chat: Chat) -> None:
    subject, number, _ = await ask(chat, GP)
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    for _ in range(11):  # a minute each
        await chat.take(chat.command(GP, "/help"))
    await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    async with chat.database.read() as session:
        assert len(await list_cases(session, subject=subject, limit=9)) == 2
    assert (await form_of(chat, subject)).locator is None


@pytest.mark.parametrize("is_left", [False, True])
@pytest.mark.parametrize("reply_to", [900, None])
async def test_a_photo_after_the_forms_album_was_split_is_a_new_case(
    chat: Chat, reply_to: int | None, *, is_left: bool
) -> None:
    """Also if the form is left, because an earlier release split the album."""
    subject, number, _ = await ask(chat, GP, photos=2)
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    async with chat.database.read() as session:
        drafts = await list_drafts(session, subject)
    await chat.take(chat.press(GP, f"s:{number}", on_card=True))
    if is_left:
        async with chat.database.write() as session:
            for case_number, sealed in drafts:
                await keep_draft(session, subject, case_number, payload=sealed, now=chat._now)
    turn = await add_locator(chat, GP, number, reply_to=reply_to)
    assert "no case with this number" not in turn.text
    newest, *parts = await own_cases(chat)
    assert (len(parts), newest.level, len(newest.photos)) == (2, "high", 1)


async def test_a_photo_for_a_form_without_a_clinic_is_a_new_case(chat: Chat) -> None:
    _, number, _ = await ask(chat, GP)
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    async with chat.database.write() as session:
        await lose_clinic(session, 1, now=NOON)
    await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    newest, _ = await own_cases(chat)
    assert newest.level == "high"


async def test_a_photo_for_the_form_of_another_case_is_taken_after_a_split(chat: Chat) -> None:
    subject, number, _ = await ask(chat, GP)
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    keyring = chat.application.bot_data["services"].keyring
    gone = replace(await form_of(chat, subject), case_number="N-222222")
    async with chat.database.write() as session:
        later = chat._now + timedelta(hours=1)  # so that it comes first
        await keep_draft(session, subject, "N-222222", payload=seal_details(keyring, gone), now=later)
    await add_locator(chat, GP, number, reply_to=None)
    async with chat.database.read() as session:
        forms = dict(await list_drafts(session, subject))
    assert open_details(keyring, forms[number]).locator is not None
    assert len(await own_cases(chat)) == 1


async def test_a_damaged_locator_photo_is_refused_and_it_can_be_left_out(chat: Chat) -> None:
    subject, number, _ = await ask(chat, GP)
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    turn = await chat.take(chat.photo(GP, chat.add_photo(DamagedPhotoError())))
    assert "damaged" in turn.text
    await add_locator(chat, GP, number)
    assert (await form_of(chat, subject)).locator is not None
    await chat.take(chat.press(GP, f"q:{number}:locator"))
    await chat.take(chat.press(GP, f"q:{number}:pass"))
    assert (await form_of(chat, subject)).locator is None


async def test_of_many_photos_the_four_most_suspicious_are_posted(chat: Chat) -> None:
    _, number, preview = await ask(chat, GP, photos=6)
    assert "4 photos follow the card at full size" in (preview.sent[0].text or "")
    turn = await chat.take(chat.press(GP, f"q:{number}:send", on_card=True))
    assert len(album_of(turn).more_photos) == 3


async def test_a_photo_that_telegram_no_longer_has_is_said_to_be_missing(chat: Chat) -> None:
    subject, number, _ = await ask(chat, GP)
    await add_locator(chat, GP, number)
    locator = (await form_of(chat, subject)).locator
    assert locator is not None
    chat.engine.answers[chat.request.files[str(locator[0])]] = DamagedPhotoError()
    turn = await chat.take(chat.press(GP, f"q:{number}:send", on_card=True))
    album = album_of(turn)
    assert not album.more_photos
    assert "1 photo could not be fetched" in (album.text or "")


async def test_an_album_travels_sealed_and_is_taken_apart_if_refused(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    album = Outgoing(
        key="referral:t:album", chat_id=GROUP, text="3 photos", photo=b"one", more_photos=(b"two", b"three")
    )
    async with database.write() as session:
        sealed = seal_message(album, keyring)
        assert sealed.blob is not None
        assert b"two" not in sealed.blob
        pending = await outbox.put_message(session, sealed, now=0)
        assert pending is not None
        (row,) = await outbox.claim_messages(session, [pending.id], owner="test", lease_until=0)
    rotated = Keyring((make_key(), *open_key_file(tmp_path / "nevus.key")))
    names = ("chat", "payload", "blob", "message_id", "lane_ref")
    kept = SealedMessage(**{name: getattr(sealed, name) for name in names})
    renewed = reseal_message(kept, rotated)
    after = replace(row, chat=renewed.chat, payload=renewed.payload, blob=renewed.blob)
    assert renewed.blob != sealed.blob
    assert open_message(after, rotated).outgoing.more_photos == (b"two", b"three"), "after a change of keys"
    opened = open_message(row, keyring).outgoing
    assert (opened.photo, opened.more_photos) == (b"one", (b"two", b"three"))
    async with database.write() as session:
        for each in take_album_apart(row, keyring):
            await outbox.put_message(session, each, now=0)
        await outbox.mark_sent(session, row.id, message_id=None, kind="photo", now=0)
    async with database.write() as session:
        waiting = await outbox.list_pending(session)
        rows = [
            (await outbox.claim_messages(session, [each.id], owner="test", lease_until=0))[0]
            for each in waiting[:1]
        ]
    (first,) = [open_message(each, keyring).outgoing for each in rows]
    assert (len(waiting), first.key, first.text, first.photo) == (3, "referral:t:album:1", "3 photos", b"one")
    assert (first.is_protected, first.more_photos) == (True, ())


@pytest.mark.parametrize("is_sent", [True, False])
async def test_forgetting_deletes_the_photos_also_those_that_wait(
    chat: Chat, keyring: Keyring, *, is_sent: bool
) -> None:
    _, number, _ = await ask(chat, GP, photos=2)
    turn = await chat.take(chat.press(GP, f"q:{number}:send", on_card=True))
    album = album_of(turn)
    async with chat.database.write() as session:
        pending = await outbox.put_message(session, seal_message(album, keyring), now=0)
        assert pending is not None
        if is_sent:
            await outbox.claim_messages(session, [pending.id], owner="test", lease_until=0)
            ids = [(f"{album.key}:{n}", seal_message_id(70 + n, keyring)) for n in (1, 2)]
            await outbox.note_album(session, pending.id, ids, now=0)
            await outbox.mark_sent(session, pending.id, message_id=None, kind="photo", now=0)
    async with chat.database.read() as session:
        referral = await find_latest(session, number)
    assert referral is not None
    asked = await chat.take(chat.press(GP, f"request:{referral.token}:yes"))
    forgotten = await chat.take(chat.press(GP, "f:yes"))
    for turn in (asked, forgotten):
        erased = [each for each in turn.sent if each.deletes and each.erases]
        assert [each.replaces or each.edit_message_id for each in erased] == (
            [71, 72] if is_sent else [album.key, f"{album.key}:1", f"{album.key}:2"]
        )
    if not is_sent:
        async with chat.database.write() as session:
            for each in asked.sent:
                await outbox.put_message(session, seal_message(each, keyring), now=0)
            states = await outbox.count_messages(session)
        assert states["cancelled"] == 1, "the album does not go out any more"


async def test_the_forms_locator_is_sealed(chat: Chat, keyring: Keyring) -> None:
    subject, number, _ = await ask(chat, GP)
    await add_locator(chat, GP, number)
    form = await form_of(chat, subject)
    async with chat.database.read() as session:
        ((_, sealed),) = await list_drafts(session, subject)
    assert form.locator is not None
    assert str(form.locator[0]).encode() not in sealed
    assert seal_details(keyring, form) != sealed

"""What the sender reads of answers, comments and corrections: one complete message each time."""

import pytest

from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message, seal_message_id
from storage.clinic.referrals import expire_addresses, get_referral
from storage.clinic.verdicts import expire_answers, list_verdicts, note_sent_answers
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.answers import CaseMessage, keep_message
from storage.record.tables import LinkRow
from tests.integration.bot.clinic.test_claims import ANN, GROUP, ask
from tests.support.offline import BOT, NOON, Chat, Sender
from tests.support.records import SUBJECT

SENDER_CHAT = 5


class Clinic:
    """One referral that Ann has claimed, and what was sent so far."""

    def __init__(self, chat: Chat, keyring: Keyring, token: str) -> None:
        self.chat = chat
        self.token = token
        self._keyring = keyring
        self._ids = iter(range(1_000, 2_000))
        self.ids: dict[str, int] = {}

    async def press(self, verb: str) -> list[Outgoing]:
        """Press a button of the card; what the sender gets."""
        turn = await self.chat.take(self.chat.press(ANN, f"v:{self.token}:{verb}", on_card=True))
        return await self._send(turn.sent)

    async def comment(self, words: str) -> list[Outgoing]:
        """Reply to the card; what the sender gets."""
        card = {"message_id": 900, "date": 1, "chat": ANN.chat, "from": BOT, "text": await self._number()}
        turn = await self.chat.take(self.chat.message(ANN, text=words, reply_to_message=card))
        return await self._send(turn.sent)

    async def _number(self) -> str:
        async with self.chat.database.read() as session:
            found = await get_referral(session, self.token)
        assert found is not None
        return found.case_number

    async def _send(self, messages: tuple[Outgoing, ...]) -> list[Outgoing]:
        to_sender = [each for each in messages if each.chat_id == SENDER_CHAT]
        async with self.chat.database.write() as session:
            for each in to_sender:
                pending = await outbox.put_message(session, seal_message(each, self._keyring), now=0)
                assert pending is not None
                await outbox.claim_messages(session, [pending.id], owner="test", lease_until=0)
                self.ids[each.key] = next(self._ids)
                sealed = seal_message_id(self.ids[each.key], self._keyring)
                await outbox.mark_sent(session, pending.id, message_id=sealed, kind="text", now=0)
        return to_sender


@pytest.fixture
async def clinic(database: Database, keyring: Keyring) -> Clinic:
    (token,) = await ask(database, keyring, 1)
    chat = Chat(database, keyring)
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    clinic = Clinic(chat, keyring, token)
    await clinic.press("claim")
    return clinic


def edits(messages: list[Outgoing]) -> list[Outgoing]:
    return [each for each in messages if each.replaces or each.edit_message_id]


async def test_a_correction_is_a_new_message_and_the_first_one_is_struck_through(clinic: Clinic) -> None:
    (first,) = await clinic.press("urgent")
    before, correction = await clinic.press("benign::sure")
    assert edits([before, correction]) == [before], "an edit would notify nobody"
    assert "CORRECTION" in (correction.text or "")
    assert "Urgent" not in (correction.text or "")
    assert before.edit_message_id == clinic.ids[first.key]
    assert "<s>🔴 <b>REFER TODAY. Urgent: suspected cancer pathway</b>" in (before.text or "")
    assert "Replaced on 1 Mar 2026" in plain(before.text or "")


async def test_a_better_photo_keeps_an_urgent_answer_and_a_correction_strikes_both_messages_through(
    clinic: Clinic,
) -> None:
    (urgent,) = await clinic.press("urgent")
    before, request = await clinic.press("better_photo")
    assert before.edit_message_id == clinic.ids[urgent.key]
    assert "<s>" not in (before.text or "")
    *struck, _ = await clinic.press("benign::sure")
    assert [each.edit_message_id for each in struck] == [clinic.ids[each.key] for each in (urgent, request)]
    assert all("<s>🔴 <b>REFER TODAY." in (each.text or "") for each in struck)


async def test_the_card_shows_the_replaced_answer_struck_through(clinic: Clinic) -> None:
    await clinic.press("urgent")
    chat = clinic.chat
    turn = await chat.take(chat.press(ANN, f"v:{clinic.token}:benign::sure", on_card=True))
    card = next(each for each in turn.sent if each.chat_id == GROUP)
    assert "<s>Urgent: suspected cancer pathway</s> · replaced on" in (card.text or "")
    assert "Corrected: <b>No suspicious feature" in (card.text or "")


async def test_comment_and_answer_are_one_message_in_either_order(clinic: Clinic) -> None:
    (alone,) = await clinic.comment("Please feel the nodes.")
    assert "has not come yet" in (alone.text or "")
    pointer, answer = await clinic.press("urgent")
    assert pointer.edit_message_id == clinic.ids[alone.key]
    assert "Please feel the nodes." in (pointer.text or "")
    assert "<s>" not in (pointer.text or ""), "the comment still holds"
    assert {"Urgent", "Please feel the nodes."} <= {
        each for each in ("Urgent", "Please feel the nodes.") if each in (answer.text or "")
    }
    pointer, comment = await clinic.comment("Excise with 2 mm.")
    assert pointer.edit_message_id == clinic.ids[answer.key]
    assert "wrote again" in (pointer.text or "")
    for words in ("Urgent", "Please feel the nodes.", "Excise with 2 mm."):
        assert words in (comment.text or "")


async def test_at_high_the_own_referral_does_not_wait_for_a_better_photo(clinic: Clinic) -> None:
    """Once the clinic has said what it sees, its word on how urgent it is stands alone."""
    for _ in range(2):
        last = (await clinic.comment("The upper part is not in focus."))[-1]
        assert "send your own referral today" in plain(last.text or "")
        last = (await clinic.press("better_photo"))[-1]
        assert "send your own referral today" in plain(last.text or "")
    last = (await clinic.press("monitor:3:sure"))[-1]
    assert "referral today" not in plain(last.text or "")


async def test_a_correction_strikes_through_every_message_with_the_replaced_answer(clinic: Clinic) -> None:
    (first,) = await clinic.press("urgent")
    _, comment = await clinic.comment("Soon, please.")
    *struck, _ = await clinic.press("benign::sure")
    assert [each.edit_message_id for each in struck] == [clinic.ids[first.key], clinic.ids[comment.key]]
    assert all("<s>" in (each.text or "") for each in struck)
    *struck, _ = await clinic.press("urgent")
    assert len(struck) == 1, "those are struck through already"


async def test_a_message_that_the_sender_deleted_does_not_come_back(clinic: Clinic) -> None:
    await clinic.press("urgent")
    before, _ = await clinic.press("benign::sure")
    assert before.edits_caption, "an edit of a text that is gone would be sent as a new message"
    assert ":to-sender:" not in before.key, "its refusal does not mean that the sender is unreachable"


async def test_an_answer_is_still_edited_once_the_outbox_has_forgotten_it(
    clinic: Clinic, database: Database, keyring: Keyring
) -> None:
    (first,) = await clinic.press("urgent")
    async with database.write() as session:
        await note_sent_answers(session)
        await outbox.expire_messages(session, now=1_000, keep_s=1)
    before, _ = await clinic.press("benign::sure")
    assert before.edit_message_id == clinic.ids[first.key]
    async with database.write() as session:
        await expire_addresses(session, before=NOON.replace(year=2027))
        await expire_answers(session)
        found = await get_referral(session, clinic.token)
        assert found is not None
        assert [each.message_id for each in await list_verdicts(session, found.id)] == [None, None]


@pytest.mark.parametrize(
    ("standing", "says"), [("member", "By a member"), ("administrator", "By an administrator")]
)
async def test_the_sender_reads_as_what_somebody_answered(clinic: Clinic, standing: str, says: str) -> None:
    clinic.chat.request.standing[ANN.user_id] = standing
    (told,) = await clinic.press("urgent")
    assert says in (told.text or "")


async def follow_own_card(clinic: Clinic, keyring: Keyring) -> str:
    """Ann's sender exists and has the case's own card in their chat; its key."""
    key = "turn-photo:answer"
    async with clinic.chat.database.write() as session:
        session.add(
            LinkRow(user_ref=keyring.user_ref(SENDER_CHAT), subject=SUBJECT, language="fr", created_at=NOON)
        )
        await session.flush()
        found = await get_referral(session, clinic.token)
        assert found is not None
        message = CaseMessage(key=key, case_number=found.case_number, kind="answer")
        await keep_message(session, message, subject=SUBJECT, now=NOON)
        card = Outgoing(key=key, chat_id=SENDER_CHAT, text="card", photo=b"jpeg")
        pending = await outbox.put_message(session, seal_message(card, keyring), now=0)
        assert pending is not None
        await outbox.claim_messages(session, [pending.id], owner="test", lease_until=0)
        sealed = seal_message_id(77, keyring)
        await outbox.mark_sent(session, pending.id, message_id=sealed, kind="photo", now=0)
    return key


async def test_the_cases_own_card_shows_the_answer_and_strikes_through_the_replaced_one(
    clinic: Clinic, keyring: Keyring
) -> None:
    key = await follow_own_card(clinic, keyring)
    own, _ = await clinic.press("routine::sure")
    assert (own.replaces, own.edits_caption) == (key, True)
    assert "The clinic answered: <b>Routine appointment</b>" in (own.text or "")
    assert own.keyboard, "the buttons under the card stay"
    await clinic.press("urgent")
    edited = next(each for each in await clinic.press("benign::sure") if each.replaces == key)
    assert "The clinic corrected its answer: <b>No suspicious feature" in (edited.text or "")
    assert "<s>Urgent: suspected cancer pathway</s> · replaced on" in (edited.text or "")


async def test_the_own_card_keeps_the_answer_when_the_checklist_changes(
    clinic: Clinic, keyring: Keyring
) -> None:
    await follow_own_card(clinic, keyring)
    await clinic.press("urgent")
    async with clinic.chat.database.read() as session:
        found = await get_referral(session, clinic.token)
    assert found is not None
    gp = Sender(SENDER_CHAT, "fr")
    turn = await clinic.chat.take(clinic.chat.press(gp, f"k:{found.case_number}:7:s1:1", on_card=True))
    assert "Réponse de l’équipe\N{NO-BREAK SPACE}: <b>" in (turn.sent[0].text or "")

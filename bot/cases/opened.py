"""Messages in which a sender opened a case: they change with it until another page takes its place."""

from collections.abc import Sequence
from typing import Final

from bot.conversation.callback_data import Press
from bot.conversation.request import Request
from bot.delivery.outgoing import Button, Outgoing, Record
from bot.delivery.sealing import open_message_id
from storage.database.sessions import WriteSession
from storage.record.answers import CaseMessage, drop_messages, keep_message, list_edits
from storage.record.cases import Case

EDIT: Final = ":edit"  # ends the key of a message that replaced another page


def keep_opened(request: Request, shown: Outgoing, case: Case, *, parts: Sequence[Case] = ()) -> Record:
    """To be recorded: this message shows a case, or the parts of an album that was split."""
    kind = "split" if parts else "details"
    messages = [CaseMessage(key=shown.key, case_number=each.number, kind=kind) for each in parts or (case,)]

    async def record(session: WriteSession) -> None:
        for message in messages:
            await keep_message(session, message, subject=case.subject, now=request.now())

    return record


async def forget_opened(request: Request, message_id: int) -> tuple[Record, ...]:
    """To be recorded: this message shows another page now, and not the case that was opened in it."""
    if request.person is None:
        return ()
    subject = request.person.subject
    async with request.services.database.read() as session:
        edits = await list_edits(session, subject=subject, ending=EDIT)
    keyring = request.services.keyring
    gone = [key for key, sealed in edits if sealed and open_message_id(sealed, keyring) == message_id]

    async def record(session: WriteSession) -> None:
        await drop_messages(session, gone, subject=subject)

    return (record,) if gone else ()


def back_button(request: Request, *, cursor: str = "", code: str = "") -> Button:
    """Leads back to the page of the list that a case was opened from, or to the newest cases."""
    return Button(text=request.say("button-back"), data=f"h:{cursor}:{code}")


def back_to_list(request: Request, press: Press) -> Button:
    """The way back that the pressed message had: the case stays a page of its list."""
    return Button(text=request.say("button-back"), data=press.back)


__all__ = ["EDIT", "back_button", "back_to_list", "forget_opened", "keep_opened"]

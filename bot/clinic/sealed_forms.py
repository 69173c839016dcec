"""Sealed parts of a referral: the open form, the return address, the claimer, comments."""

from typing import Final

from bot.clinic.facts import Details
from bot.conversation.context import Services
from bot.conversation.request import Request
from bot.delivery.outgoing import Record
from storage.clinic.drafts import drop_draft, find_draft, keep_draft
from storage.clinic.referrals import Referral
from storage.database.keys import Keyring
from storage.database.sessions import WriteSession

_DETAILS: Final = "referral details"
_RETURN: Final = "return address"
_CLAIMER: Final = "claimer"
COMMENT_PURPOSE: Final = "comment"


def seal_details(keyring: Keyring, details: Details) -> bytes:
    """The sender's words about a case."""
    return keyring.encrypt(details.dump(), purpose=_DETAILS)


def open_details(keyring: Keyring, sealed: bytes) -> Details:
    """What `seal_details` sealed."""
    return Details.load(keyring.decrypt(sealed, purpose=_DETAILS))


def details_of(services: Services, referral: Referral) -> Details:
    """The sender's words; empty after they were erased."""
    if referral.details is None:
        return Details(token=referral.token, case_number=referral.case_number)
    return open_details(services.keyring, referral.details)


def seal_return(keyring: Keyring, chat_id: int) -> bytes:
    """The chat that the answer goes to."""
    return keyring.encrypt(str(chat_id).encode(), purpose=_RETURN)


def return_address(services: Services, referral: Referral) -> int | None:
    """The chat that the answer goes to; None if it is erased or cannot be reached."""
    if referral.reply_chat is None or referral.unreachable_at is not None:
        return None
    return open_return(services, referral.reply_chat)


def open_return(services: Services, sealed: bytes) -> int:
    """What `seal_return` sealed."""
    return int(services.keyring.decrypt(sealed, purpose=_RETURN))


def seal_claimer(keyring: Keyring, user_id: int) -> bytes:
    """Seal the claimer, so that the card can show their name."""
    return keyring.encrypt(str(user_id).encode(), purpose=_CLAIMER)


def open_claimer(services: Services, referral: Referral) -> int | None:
    """The claimer."""
    if referral.claimer is None:
        return None
    return int(services.keyring.decrypt(referral.claimer, purpose=_CLAIMER))


def seal_comment(keyring: Keyring, words: str) -> bytes:
    """A dermatologist's words."""
    return keyring.encrypt(words.encode(), purpose=COMMENT_PURPOSE)


def open_comment(services: Services, sealed: bytes) -> str:
    """What `seal_comment` sealed."""
    return services.keyring.decrypt(sealed, purpose=COMMENT_PURPOSE).decode()


async def find_form(request: Request, number: str) -> Details | None:
    """The sender's open form for a case."""
    if request.person is None:
        return None
    async with request.services.database.read() as session:
        sealed = await find_draft(session, request.person.subject, number)
    return None if sealed is None else open_details(request.services.keyring, sealed)


def keep_form(request: Request, details: Details) -> Record:
    """To be recorded: the form as it is now."""
    assert request.person is not None  # noqa: S101 - a form has an owner
    subject = request.person.subject
    sealed = seal_details(request.services.keyring, details)

    async def record(session: WriteSession) -> None:
        await keep_draft(session, subject, details.case_number, payload=sealed, now=request.now())

    return record


def drop_form(request: Request, number: str) -> Record:
    """To be recorded: the form is closed."""
    assert request.person is not None  # noqa: S101 - a form has an owner
    subject = request.person.subject

    async def record(session: WriteSession) -> None:
        await drop_draft(session, subject, number)

    return record

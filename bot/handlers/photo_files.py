"""Where Telegram keeps the photos of a case: sealed, for as long as its card may have to be drawn again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson

from bot.context import Services
from bot.delivery.outgoing import Record
from bot.handlers.attachments import Attachment
from bot.handlers.visit import Visit
from storage.answers import find_photo_files as find_sealed
from storage.answers import keep_photo_files as keep_sealed
from storage.answers import list_photo_files as list_sealed
from storage.database import WriteSession

PURPOSE: Final = "photo files"


async def find_photo_files(visit: Visit, number: str) -> tuple[Attachment, ...]:
    """The photos of a case of the sender, in order; empty when they are no longer known."""
    if visit.person is None:
        return ()
    return await find_files(visit.services, number, subject=visit.person.subject)


async def find_files(services: Services, number: str, *, subject: str) -> tuple[Attachment, ...]:
    """The same for a case of a subject number."""
    async with services.database.read() as session:
        sealed = await find_sealed(session, number, subject=subject, now=services.clock())
    return () if sealed is None else _open_files(services, sealed)


async def list_recent_files(visit: Visit) -> tuple[Attachment, ...]:
    """The photos of all cases of the sender that are still known."""
    if visit.person is None:
        return ()
    async with visit.services.database.read() as session:
        rows = await list_sealed(session, subject=visit.person.subject, now=visit.now())
    return tuple(file for sealed in rows for file in _open_files(visit.services, sealed))


def keep_photo_files(visit: Visit, number: str, files: Sequence[Attachment]) -> Record:
    """To be recorded with the case."""
    person = visit.person
    assert person is not None  # noqa: S101 - a case has an owner
    listed = [[each.file_id, each.size_bytes, each.is_exact, each.unique_id] for each in files]
    sealed = visit.services.keyring.encrypt(orjson.dumps(listed), purpose=PURPOSE)
    expires_at = visit.now() + timedelta(hours=visit.services.settings.redraw_hours)

    async def record(session: WriteSession) -> None:
        await keep_sealed(session, number, subject=person.subject, files=sealed, expires_at=expires_at)

    return record


def _open_files(services: Services, sealed: bytes) -> tuple[Attachment, ...]:
    """Unseal one case's photos. Rows of older versions have no unique ids."""
    files = orjson.loads(services.keyring.decrypt(sealed, purpose=PURPOSE))
    return tuple(
        Attachment(file_id=file_id, size_bytes=size, is_exact=exact, unique_id="".join(unique_id))
        for file_id, size, exact, *unique_id in files
    )

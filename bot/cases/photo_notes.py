"""Notes beside the answer to a photo: it was sent before, or a clinic waits for one."""

from collections.abc import Sequence
from typing import Final

from bot.conversation.request import Request
from bot.delivery.outgoing import Button, Outgoing
from storage.record.cases import find_case_of_photo

MOST_NOTES: Final = 2  # on cases of which a clinic waits for a better photo


async def note_photo_wait(request: Request) -> tuple[Outgoing, ...]:
    """A note for each case of which a clinic waits for a better photo: a reply to it brings one there."""
    assert request.person is not None  # noqa: S101 - consent was asked for before a photo is read
    cases = await request.services.clinics.list_photo_waits(request.person.subject)
    return tuple(
        request.message(request.say("photo-waited-for", case=case), name=f"waited-for-{case}")
        for case in cases[-MOST_NOTES:]
    )


async def note_repeat(request: Request, hashes: Sequence[str], *, count: int) -> tuple[Outgoing, ...]:
    """A note with the case in which one of these photos was sent before; empty if all are new.

    Args:
        request: the sender's.
        hashes: of the photos, by each key.
        count: how many photos they are.
    """
    assert request.person is not None  # noqa: S101 - only a person can have consented
    async with request.services.database.read() as session:
        earlier = await find_case_of_photo(session, hashes, subject=request.person.subject)
    if earlier is None:
        return ()
    number, sent_at = earlier
    text = request.say("photo-sent-before", case=number, at=sent_at, count=count)
    button = Button(text=request.say("button-open-case", case=number), data=f"c:{number}:")
    return (request.message(text, name="sent-before", keyboard=((button,),)),)


__all__ = ["note_photo_wait", "note_repeat"]

"""Notes beside the answer to a photo: sent before, a clinic waits for one, its caption mentions growth."""

from collections.abc import Sequence
from typing import Final

from telegram import Message, MessageEntity

from bot.cases.alarm_words import mentions_alarm
from bot.cases.keyboard import checklist_button
from bot.conversation.request import Request
from bot.delivery.outgoing import Button, Outgoing
from bot.texts import join_lines
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


def note_caption(
    request: Request, messages: Sequence[Message], *, number: str | None = None
) -> tuple[Outgoing, ...]:
    """The safety sentence, once, if a caption mentions growth, change, bleeding or worry; else empty.

    It never repeats the caption, which is kept nowhere.

    Args:
        request: the sender's.
        messages: the photo's, or all of an album.
        number: of the new case; None if no photo could be read.
    """
    if not any(mentions_alarm(_read_caption(message)) for message in messages):
        return ()
    safety = request.say("otherwise-safety")
    if number is None:
        return (request.message(safety, name="caption"),)
    keyboard = (
        (checklist_button(request, number),),
        (Button(text=request.say("patient-name-sentence"), data=f"patient:{number}:sentence"),),
    )
    text = join_lines((safety, request.say("caption-not-kept", case=number)), gap="\n\n")
    return (request.message(text, name="caption", keyboard=keyboard),)


def _read_caption(message: Message) -> str:
    """The words of a caption, without the command that it begins with."""
    commands = message.parse_caption_entities([MessageEntity.BOT_COMMAND])
    command = next((word for entity, word in commands.items() if entity.offset == 0), "")
    return (message.caption or "").removeprefix(command)


__all__ = ["note_caption", "note_photo_wait", "note_repeat"]

"""Private messages to all admins, each in their language."""

from bot.conversation.context import Services
from bot.conversation.request import Request
from bot.delivery.outgoing import Outgoing, Record
from storage.database.sessions import WriteSession
from storage.record.people import find_person, set_language


async def write_to_admins(request: Request, message_id: str, /, **arguments: object) -> tuple[Outgoing, ...]:
    """One message to each admin. Telegram refuses messages to an admin who never started the bot."""
    asker = {request.user_id: request.wording.language}  # as Telegram reports it: they are using the bot now
    return await _write(request.services, f"{request.turn.key}:admin", asker, message_id, arguments)


async def notify_admins(
    services: Services, key: str, message_id: str, /, **arguments: object
) -> tuple[Outgoing, ...]:
    """The same outside of a turn; the messages' keys begin with `key`."""
    return await _write(services, key, {}, message_id, arguments)


def keep_language(request: Request) -> tuple[Record, ...]:
    """To be recorded if none was chosen: an admin gets messages even when not at work."""
    if request.person is not None and request.person.language is not None:
        return ()

    async def record(session: WriteSession) -> None:
        await set_language(session, request.user_ref, request.wording.language, now=request.now())

    return (record,)


async def _write(
    services: Services, key: str, known: dict[int, str], message_id: str, arguments: dict[str, object]
) -> tuple[Outgoing, ...]:
    messages = []
    for place, user_id in enumerate(services.settings.admins):
        language = known.get(user_id)
        if language is None:
            async with services.database.read() as session:
                person = await find_person(session, services.keyring.user_ref(user_id))
            language = (person.language if person else None) or services.settings.language
        messages.append(
            Outgoing(
                key=f"{key}{place}",
                chat_id=user_id,
                text=services.texts.get(language, message_id, **arguments),
                language=language,
            )
        )
    return tuple(messages)

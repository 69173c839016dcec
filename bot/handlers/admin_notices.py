"""What all admins are told, each in their language, in private."""

from bot.handlers.visit import Visit
from bot.turns import Outgoing
from storage.people import find_person


async def write_to_admins(visit: Visit, message_id: str, /, **arguments: object) -> tuple[Outgoing, ...]:
    """One message to each admin. Who never started the bot cannot be written to: Telegram refuses then."""
    services = visit.services
    messages = []
    for place, user_id in enumerate(services.settings.admins):
        language = await _find_language(visit, user_id)
        messages.append(
            Outgoing(
                key=f"{visit.turn.key}:admin{place}",
                chat_id=user_id,
                text=services.texts.get(language, message_id, **arguments),
                language=language,
            )
        )
    return tuple(messages)


async def _find_language(visit: Visit, user_id: int) -> str:
    """As chosen; for whoever is at work now, as Telegram says; for others the operator's default."""
    if user_id == visit.user_id:
        return visit.wording.language
    services = visit.services
    async with services.database.read() as session:
        person = await find_person(session, services.keyring.user_ref(user_id))
    chosen = person.language if person else None
    default: str = services.settings.language
    return chosen or default

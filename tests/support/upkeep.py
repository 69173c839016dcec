"""The regular work on the record, run by hand."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.cases.upkeep import RecordUpkeep
from bot.delivery.write_queue import WriteQueue
from tests.support.offline import Chat


class DirectQueue(WriteQueue):
    """Commits each write at once."""

    async def write(self, work: Callable[..., Awaitable[Any]]) -> Any:
        async with self._database.write() as session:
            return await work(session)


def make_upkeep(chat: Chat) -> RecordUpkeep:
    """The upkeep of this chat's record, by its settings and its clock."""
    services = chat.application.bot_data["services"]
    return RecordUpkeep(
        write_queue=DirectQueue(chat.database),
        database=chat.database,
        keyring=services.keyring,
        texts=services.texts,
        settings=services.settings,
        now=lambda: chat._now.timestamp(),  # noqa: PLW0108 - the chat's clock goes on
        notify=lambda _: None,
        erase_in_groups=services.clinics.erase,
    )

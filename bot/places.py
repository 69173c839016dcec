"""A clinic's chat as the database keeps it: sealed, found by keyed hashes, followed when it moves."""

from typing import Final

from bot.delivery.write_queue import Ledger
from storage.clinic_links import ChatPlace, move_clinic
from storage.keys import Keyring

PURPOSE: Final = "clinic chat"


def seal_place(keyring: Keyring, chat_id: int) -> ChatPlace:
    """A chat's address, sealed."""
    chat = keyring.encrypt(str(chat_id).encode(), purpose=PURPOSE)
    return ChatPlace(chat=chat, chat_refs=keyring.chat_refs(chat_id))


def open_place(keyring: Keyring, sealed: bytes) -> int:
    """The id of a chat.

    Raises:
        SealError: damaged, or sealed with another key.
    """
    return int(keyring.decrypt(sealed, purpose=PURPOSE))


async def follow_chat(ledger: Ledger, keyring: Keyring, old: int, new: int) -> None:
    """A group is a supergroup now: a clinic's address moves along."""
    place = seal_place(keyring, new)
    await ledger.write(lambda session: move_clinic(session, keyring.chat_refs(old), place))

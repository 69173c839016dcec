"""Changes the key in use: queued data is sealed with the new key, the older ones are kept to open and find.

Four steps, each whole or not at all, so that an interruption is completed by the next try:
the new key is added to the file; the queues are rewritten and the key is marked in the database, in one
transaction; the new key moves to the front of the file. People are linked with it when they next write.
"""

from dataclasses import dataclass
from pathlib import Path

import orjson

from bot.delivery.inbox import PURPOSE, hash_album
from bot.delivery.sealing import reseal_message
from bot.delivery.updates import read_address
from storage.database.key_file import make_key, open_key_file, replace_key_file
from storage.database.key_marks import add_mark, check_key, list_marks
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.queues.keys import SealedUpdate, rewrite_messages, rewrite_updates


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a change of keys did."""

    key_id: str
    older: int  # keys that are kept
    rewritten: int  # queued updates and messages


async def rotate(database: Database, path: Path) -> Rotation:
    """Change the key in use, or complete a change that was interrupted. Nothing else may use the database.

    Raises:
        KeyFileError: the file cannot be used or written, or is not this database's.
        StorageError: the database refused; nothing was changed that the next try does not complete.
    """
    keys = open_key_file(path)
    async with database.read() as session:
        marks = await list_marks(session)
    if not marks:
        await check_key(database, Keyring(keys))
    # The database's newest key first: an interrupted change may have left it behind.
    newest = marks[-1].key_id if marks else keys[0].id.hex()
    ordered = tuple(sorted(keys, key=lambda key: key.id.hex() != newest))
    await check_key(database, Keyring(ordered))
    if ordered != keys:  # the last change was interrupted before its last step
        replace_key_file(path, ordered)
        return Rotation(key_id=ordered[0].id.hex(), older=len(keys) - 1, rewritten=0)
    unmarked = [key for key in keys if key.id.hex() not in {mark.key_id for mark in marks}] if marks else []
    new = unmarked[0] if unmarked else make_key()
    older = tuple(key for key in keys if key is not new)
    replace_key_file(path, (*older, new))
    keyring = Keyring((new, *older))
    async with database.write() as session:
        rewritten = await rewrite_queues(session, keyring)
        await add_mark(session, keyring)
    replace_key_file(path, (new, *older))
    await database.erase_traces()
    return Rotation(key_id=keyring.key_id, older=len(older), rewritten=rewritten)


async def adopt(session: WriteSession, keyring: Keyring) -> None:
    """Bring a database that an older key was in use for (a restored one) to the key in use."""
    marks = await list_marks(session)
    if marks and marks[-1].key_id != keyring.key_id:
        await rewrite_queues(session, keyring)
        await add_mark(session, keyring)


async def rewrite_queues(session: WriteSession, keyring: Keyring) -> int:
    """Seal queued updates and messages with the key in use, and hash their chats with it."""

    def renew(sealed: bytes) -> SealedUpdate:
        plain = keyring.decrypt(sealed, purpose=PURPOSE)
        address = read_address(orjson.loads(plain))
        album = address.media_group_id
        return SealedUpdate(
            payload=keyring.encrypt(plain, purpose=PURPOSE),
            lane_ref=keyring.lane_ref(address.chat_id),
            album_ref=hash_album(keyring, address.chat_id, album) if album else None,
        )

    updates = await rewrite_updates(session, renew)
    return updates + await rewrite_messages(session, lambda message: reseal_message(message, keyring))

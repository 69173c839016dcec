"""The files on disk: photos in Telegram's sizes, documents byte for byte."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.localchat import photos
from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.private_files import FOLDER_MODE, write_private
from bot.localchat.record_store import RecordStore
from bot.localchat.records import StoredFile

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOCUMENT_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_PREFIX = {"photo": "AgACAgIAAxk", "document": "BQACAgIAAxk"}


class FileStore:
    """Stores files and finds them by number and by `file_id`."""

    def __init__(self, folder: Path, store: RecordStore) -> None:
        self._folder = folder
        self._store = store
        self._by_number = {stored.number: stored for stored in store.load(StoredFile)}
        self._by_id = {stored.file_id: stored for stored in self._by_number.values()}
        self._next_number = max(self._by_number, default=0) + 1
        # Two threads leave time for the event loop on a small machine.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="localchat-photos")
        for each in (folder, folder / "photos", folder / "documents"):
            each.mkdir(mode=FOLDER_MODE, exist_ok=True)

    def __getitem__(self, number: int) -> StoredFile:
        return self._by_number[number]

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id, or None."""
        return self._by_id.get(file_id)

    def children(self, number: int) -> list[int]:
        """Numbers of a photo's smaller sizes, small to large; they follow its own number."""
        following = range(number + 1, number + 1 + len(photos.THUMB_SIDES_PX))
        return [n for n in following if n in self._by_number and self._by_number[n].parent == number]

    def ids_of_same_photo(self, file_id: str) -> set[str]:
        """The ids of all sizes of a photo, given one of them; of a document, its id alone."""
        stored = self.find(file_id)
        if stored is None:
            return {file_id}
        full = stored.parent or stored.number
        return {self[number].file_id for number in (full, *self.children(full))}

    def find_path(self, path: str) -> StoredFile | None:
        """The file with this `file_path`, or None."""
        stem = path.rpartition("/")[2].removeprefix("file_").partition(".")[0]
        stored = self._by_number.get(int(stem)) if stem.isascii() and stem.isdigit() else None
        return stored if stored and stored.path == path else None

    async def add_photo(self, content: bytes) -> list[int]:
        """Stores a photo as Telegram does and returns the numbers of its sizes, small to large.

        Raises:
            photos.NotAPhoto: the bytes cannot be read as a picture.
        """
        loop = asyncio.get_running_loop()
        photo = await loop.run_in_executor(self._threads, photos.shrink, content)
        full = self._new("photo", "photos", ".jpg", size=len(photo.content))
        full.width, full.height = photo.width, photo.height
        numbers = [full.number]
        for side in photos.THUMB_SIDES_PX:
            if side < max(full.width, full.height):
                smaller = self._new("photo", "photos", ".jpg", size=None)
                smaller.parent = full.number
                smaller.width, smaller.height = photos.fit(full.width, full.height, side)
                numbers.insert(-1, smaller.number)
        await loop.run_in_executor(self._threads, self._write, full, photo.content)
        return numbers

    async def add_document(self, content: bytes, name: str | None) -> int:
        """Stores a file byte for byte and returns its number."""
        suffix = Path(name).suffix if name else ""
        suffix = suffix if suffix.removeprefix(".").isalnum() and suffix.isascii() else ""
        stored = self._new("document", "documents", suffix, size=len(content))
        stored.name = name
        # Telegram derives the type from the name as well, and leaves it out for an unknown extension.
        stored.mime_type = mimetypes.guess_type(name)[0] if name else None
        await asyncio.get_running_loop().run_in_executor(self._threads, self._write, stored, content)
        return stored.number

    async def read(self, stored: StoredFile) -> bytes:
        """The bytes of a file; a smaller size is made at its first request."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, stored)

    def drop(self, numbers: Iterable[int]) -> None:
        """Deletes files, including their smaller sizes."""
        for number in {each for one in numbers for each in (one, *self.children(one))}:
            stored = self._by_number.pop(number, None)
            if stored is None:
                continue
            del self._by_id[stored.file_id]
            (self._folder / stored.path).unlink(missing_ok=True)
            self._store.drop(stored)

    def close(self) -> None:
        """Waits for the threads to end."""
        self._threads.shutdown(wait=True)

    def _new(self, kind: str, folder: str, suffix: str, *, size: int | None) -> StoredFile:
        number = self._next_number
        self._next_number += 1
        stored = StoredFile(
            number=number,
            file_id=_PREFIX[kind] + secrets.token_urlsafe(42),
            unique_id="AQAD" + secrets.token_urlsafe(9),
            kind="photo" if kind == "photo" else "document",
            path=f"{folder}/file_{number}{suffix}",
            size=size,
        )
        self._by_number[number] = self._by_id[stored.file_id] = stored
        self._store.save(stored)
        return stored

    def _write(self, stored: StoredFile, content: bytes) -> None:
        write_private(self._folder / stored.path, content)

    def _read(self, stored: StoredFile) -> bytes:
        path = self._folder / stored.path
        if stored.parent is not None and not path.exists():
            parent = self._folder / self._by_number[stored.parent].path
            smaller = photos.shrink(parent.read_bytes(), max(stored.width, stored.height))
            write_private(path, smaller.content)
        return path.read_bytes()


def check_photo(content: bytes) -> None:
    """Telegram's rules for a photo that a bot sends.

    Raises:
        BotApiError: it is empty, above 10 MB, not a picture, or has dimensions that Telegram refuses.
    """
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > MAX_PHOTO_BYTES:
        limit = f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        raise bad_request(f"file of size {len(content)} bytes is too big for a photo; {limit}")
    try:
        width, height = photos.measure(content)
    except photos.NotAPhoto as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    if width + height > 10000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def check_document(content: bytes) -> None:
    """Telegram's rules for a file that a bot sends.

    Raises:
        BotApiError: it is empty or above 50 MB.
    """
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > MAX_DOCUMENT_BYTES:
        raise BotApiError(413, "Request Entity Too Large")

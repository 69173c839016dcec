"""The keys kept outside the database: for pseudonyms, photo hashes and encryption of queued data."""

import hashlib
import hmac
import secrets
from base64 import b32encode
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from storage.database.errors import StorageError
from storage.database.key_file import KEY_ID_BYTES, MasterKey, open_key_file

SEAL_VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12  # NIST SP 800-38D: random 96-bit nonces hold for 2^32 messages a key, years at 30/s
TAG_BYTES: Final = 16
_HEADER_BYTES: Final = len(SEAL_VERSION) + KEY_ID_BYTES


class SealError(StorageError):
    """Sealed data cannot be opened: damaged, another purpose, or another key."""


class Keyring:
    """The keys of the key file, which is created at the first start (mode 600).

    Each purpose has its own derived key (HKDF), so that values cannot be linked across purposes. The first
    key is in use; older ones still open what they sealed and find the people whose links they made.
    """

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        self._current = keys[0]
        self._by_id = {key.id: key for key in keys}
        self._user_keys = tuple(_derive(key.secret, "user") for key in keys)
        self._lane_key = _derive(keys[0].secret, "lane")
        self._chat_keys = tuple(_derive(key.secret, "chat") for key in keys)
        self._reference_keys = tuple(_derive(key.secret, "patient reference") for key in keys)
        self._photo_keys = tuple(_derive(key.secret, "photo") for key in keys)
        self._log_key = secrets.token_bytes(32)  # new with each start: logs of two runs cannot be joined
        self._cipher = lru_cache(maxsize=64)(
            lambda key_id, purpose: AESGCM(_derive(self._by_id[key_id].secret, f"seal:{purpose}"))
        )

    @classmethod
    def open(cls, path: Path) -> "Keyring":
        """Read the key file, or create it.

        Raises:
            KeyFileError: others can read it, it is damaged, or cannot be written; the text says what to do.
        """
        return cls(open_key_file(path))

    @property
    def key_id(self) -> str:
        """The public id of the key in use, hexadecimal."""
        return self._current.id.hex()

    def marks(self) -> tuple[tuple[str, bytes], ...]:
        """Each key's id and its mark (32 bytes), which identifies the key without revealing it."""
        return tuple((key.id.hex(), _derive(key.secret, "mark")) for key in self._by_id.values())

    def user_ref(self, user_id: int) -> bytes:
        """Keyed hash (32 bytes) of a Telegram user id: finds the row of the link."""
        return _mac(self._user_keys[0], str(user_id).encode())

    def former_user_refs(self, user_id: int) -> tuple[bytes, ...]:
        """The same under each older key, newest first: finds a link that was made before a rotation."""
        return tuple(_mac(key, str(user_id).encode()) for key in self._user_keys[1:])

    def lane_ref(self, chat_id: int) -> bytes:
        """Keyed hash (32 bytes) of a chat id: names the chat's lane in the queues."""
        return _mac(self._lane_key, str(chat_id).encode())

    def chat_refs(self, chat_id: int) -> tuple[bytes, ...]:
        """Keyed hashes (32 bytes) of a clinic's chat id: by the key in use, then by each older one."""
        return tuple(_mac(key, str(chat_id).encode()) for key in self._chat_keys)

    def reference_refs(self, subject: str, reference: str) -> tuple[bytes, ...]:
        """Keyed hashes (32 bytes) of a sender's name for a patient: by the key in use, then by older ones.

        Two senders who use the same reference have different hashes.
        """
        named = f"{subject} {reference}".encode()
        return tuple(_mac(key, named) for key in self._reference_keys)

    def photo_hash(self, data: bytes) -> str:
        """Keyed hash of a photo's bytes, hexadecimal."""
        return _mac(self._photo_keys[0], data).hex()

    def photo_hashes(self, data: bytes) -> tuple[str, ...]:
        """The same by the key in use, then by each older one: a change of keys rewrites no recorded hash."""
        return tuple(_mac(key, data).hex() for key in self._photo_keys)

    def webhook_secret(self) -> str:
        """The secret that Telegram sends with each webhook call; the same in every process with this key."""
        return _derive(self._current.secret, "webhook").hex()

    def log_ref(self, value: str | int) -> str:
        """A short opaque reference for logs (8 characters, changes with each start)."""
        return b32encode(_mac(self._log_key, str(value).encode())[:5]).decode().lower()

    def encrypt(self, data: bytes, *, purpose: str) -> bytes:
        """Seal with authenticated encryption (AES-256-GCM); `purpose` must be given again to open.

        Returns:
            version (1 byte), key id (4), nonce (12), ciphertext, tag (16).
        """
        header = SEAL_VERSION + self._current.id
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + self._cipher(self._current.id, purpose).encrypt(nonce, data, header)

    def decrypt(self, sealed: bytes, *, purpose: str) -> bytes:
        """Open what `encrypt` sealed.

        Raises:
            SealError: damaged, or sealed for another purpose or with another key.
        """
        header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES : _HEADER_BYTES + NONCE_BYTES]
        if len(sealed) < _HEADER_BYTES + NONCE_BYTES + TAG_BYTES or header[:1] != SEAL_VERSION:
            raise SealError("This was not sealed here, or it is damaged.")
        if header[1:] not in self._by_id:
            raise SealError(
                "This was sealed with a key that is not in the key file: bring the old file back."
            )
        try:
            return self._cipher(header[1:], purpose).decrypt(
                nonce, sealed[_HEADER_BYTES + NONCE_BYTES :], header
            )
        except InvalidTag as error:
            raise SealError("This is damaged, or was sealed for another purpose.") from error

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._by_id)}, in use {self.key_id}>"

    def __reduce__(self) -> str:
        raise TypeError("a keyring is not copied to another process: open the key file there")


def _derive(secret: bytes, purpose: str) -> bytes:
    """A key (32 bytes) for one purpose. The secret is uniformly random, so HKDF's expansion is enough."""
    return HKDFExpand(algorithm=SHA256(), length=32, info=f"nevus/1/{purpose}".encode()).derive(secret)


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256().name)

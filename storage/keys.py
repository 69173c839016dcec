"""The key that stands outside the database: pseudonyms, photo hashes, and encryption of what is in work."""

from pathlib import Path


class Keyring:
    """Made once at first start (mode 600). Purposes get derived keys of their own (HKDF), so that nothing can be linked across them."""

    @classmethod
    def open(cls, path: Path) -> "Keyring":
        """Read the key file, or create it.

        Raises:
            KeyFileError: it can be read by others, is damaged, or cannot be written; the text says what to do.
        """
        raise NotImplementedError

    def user_ref(self, user_id: int) -> bytes:
        """Keyed hash (32 bytes) of a Telegram user id: finds the link row, nothing else."""
        raise NotImplementedError

    def lane_ref(self, chat_id: int) -> bytes:
        """Keyed hash (32 bytes) of a chat id: orders what is in work."""
        raise NotImplementedError

    def photo_hash(self, data: bytes) -> str:
        """Keyed hash of a photo's bytes, hexadecimal."""
        raise NotImplementedError

    def log_ref(self, value: str | int) -> str:
        """A short opaque reference for logs (8 characters, changes with each start)."""
        raise NotImplementedError

    def encrypt(self, data: bytes, *, purpose: str) -> bytes:
        """Seal with authenticated encryption; `purpose` must be given again to open."""
        raise NotImplementedError

    def decrypt(self, sealed: bytes, *, purpose: str) -> bytes:
        """Open what `encrypt` sealed.

        Raises:
            SealError: damaged, or sealed for another purpose or with another key.
        """
        raise NotImplementedError

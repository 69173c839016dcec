"""The tables of the local chat's own database: a key and the record as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.localchat import records


class LocalChatBase(DeclarativeBase):
    """Base class of the tables of the local chat."""


class _Body:
    body: Mapped[bytes] = mapped_column(LargeBinary)


class SettingRow(_Body, LocalChatBase):
    """Counters, secrets, switches."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(String, primary_key=True)


class PersonRow(_Body, LocalChatBase):
    """People."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChatRow(_Body, LocalChatBase):
    """Chats with their members."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class MessageRow(_Body, LocalChatBase):
    """Messages, deleted ones too: the transcript shows them."""

    __tablename__ = "messages"
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[int] = mapped_column(Integer, primary_key=True)


class FileRow(_Body, LocalChatBase):
    """Properties of a file in the folder."""

    __tablename__ = "files"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)


class UpdateRow(_Body, LocalChatBase):
    """Updates that the bot has not confirmed."""

    __tablename__ = "updates"
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class QueryRow(_Body, LocalChatBase):
    """Pressed buttons."""

    __tablename__ = "queries"
    id: Mapped[str] = mapped_column(String, primary_key=True)


class EventRow(_Body, LocalChatBase):
    """Events that a page can read again after a break."""

    __tablename__ = "events"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)


class RequestRow(_Body, LocalChatBase):
    """Requests of the bot."""

    __tablename__ = "requests"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The table of a kind of record, and the fields that are its key."""

    row: type[LocalChatBase]
    key: tuple[str, ...]


TABLES: dict[type, RecordTable] = {
    records.LocalPerson: RecordTable(PersonRow, ("id",)),
    records.Chat: RecordTable(ChatRow, ("id",)),
    records.Message: RecordTable(MessageRow, ("chat_id", "message_id")),
    records.StoredFile: RecordTable(FileRow, ("number",)),
    records.PendingUpdate: RecordTable(UpdateRow, ("update_id",)),
    records.Query: RecordTable(QueryRow, ("id",)),
    records.Event: RecordTable(EventRow, ("seq",)),
    records.RequestLine: RecordTable(RequestRow, ("number",)),
}

"""The tables of the local chat's own database: a key and the record as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.localchat import records


class Base(DeclarativeBase):
    """The tables' common root."""


class _Body:
    body: Mapped[bytes] = mapped_column(LargeBinary)


class SettingRow(_Body, Base):
    """Counters, secrets, switches."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(String, primary_key=True)


class PersonRow(_Body, Base):
    """People."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChatRow(_Body, Base):
    """Chats with their members."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class MessageRow(_Body, Base):
    """Messages, deleted ones too: the transcript shows them."""

    __tablename__ = "messages"
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[int] = mapped_column(Integer, primary_key=True)


class FileRow(_Body, Base):
    """What is known of a file in the folder."""

    __tablename__ = "files"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)


class UpdateRow(_Body, Base):
    """Updates that wait for the bot."""

    __tablename__ = "updates"
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class QueryRow(_Body, Base):
    """Pressed buttons."""

    __tablename__ = "queries"
    id: Mapped[str] = mapped_column(String, primary_key=True)


class EventRow(_Body, Base):
    """What the page can catch up with."""

    __tablename__ = "events"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)


class RequestRow(_Body, Base):
    """What the bot asked for."""

    __tablename__ = "requests"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a kind of record is kept, and which of its fields are the key."""

    row: type[Base]
    key: tuple[str, ...]


SHELVES: dict[type, Shelf] = {
    records.Person: Shelf(PersonRow, ("id",)),
    records.Chat: Shelf(ChatRow, ("id",)),
    records.Message: Shelf(MessageRow, ("chat_id", "message_id")),
    records.StoredFile: Shelf(FileRow, ("number",)),
    records.PendingUpdate: Shelf(UpdateRow, ("update_id",)),
    records.Query: Shelf(QueryRow, ("id",)),
    records.Event: Shelf(EventRow, ("seq",)),
    records.RequestLine: Shelf(RequestRow, ("number",)),
}

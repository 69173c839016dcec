"""Rows of the queues: updates that wait for a worker, and messages that wait to be sent.

Personal data and content are sealed with the key outside the database while they are needed, then set to
NULL. Moments are Unix seconds: they are only compared with each other.
"""

from typing import Final, Literal

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.base import RowBase, RowId, checked_string

InboxState = Literal["ready", "claimed", "held", "done", "set_aside"]
Track = Literal["quick", "photo"]
OutboxState = Literal["pending", "sending", "sent", "cancelled", "failed"]
MessageKind = Literal["text", "photo", "document"]
MessageForm = Literal["whole", "again", "words", "notice"]

AGAIN: Final = "again-"
"""Prefix of the key of a turn restored from a backup: it may have been answered since, so that its messages
are sent as possible repeats."""


class InboxRow(RowBase):
    """One update, stored before it was acknowledged.

    `ready` waits for a worker (not before `not_before`), `claimed` is being processed, `held` waits for
    consent, `done` keeps the update id only, `set_aside` failed too often and keeps its payload until it
    expires.

    `stalled_at`: since then Telegram has not delivered a file of it. `blamed_at`: since then other files are
    known to come, and later photos of the chat overtake this one.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        # Every claim looks up the heads of the lanes: rows that are done must not slow it down.
        Index(
            "ix_inbox_waiting",
            "track",
            "lane_ref",
            "id",
            sqlite_where=text("state IN ('ready', 'claimed')"),
            postgresql_where=text("state IN ('ready', 'claimed')"),
        ),
        # In order of arrival, so that a claim stops at the first heads however many chats wait.
        Index(
            "ix_inbox_ready",
            "track",
            "id",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_inbox_state", "state", "received_at"),
        CheckConstraint("attempts >= 0 AND crashes >= 0", name="counts"),
    )

    id: Mapped[RowId]  # the order of arrival
    bot_id: Mapped[int] = mapped_column(BigInteger)
    update_id: Mapped[int] = mapped_column(BigInteger)
    turn_key: Mapped[str] = mapped_column(String(32))  # random, no counter, no hash of anything
    state: Mapped[str] = mapped_column(
        checked_string("state", "ready", "claimed", "held", "done", "set_aside"), default="ready"
    )
    track: Mapped[str] = mapped_column(checked_string("track", "quick", "photo"))
    lane_ref: Mapped[bytes | None]  # keyed hash of the chat
    album_ref: Mapped[bytes | None]  # keyed hash of chat and media group
    payload: Mapped[bytes | None]  # the sealed update
    received_at: Mapped[float] = mapped_column(Float(53))
    not_before: Mapped[float] = mapped_column(Float(53), default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)  # turns that failed
    crashes: Mapped[int] = mapped_column(default=0)  # turns that neither failed nor ended: the process died
    begun: Mapped[int] = mapped_column(default=0, server_default="0")  # such turns whose work was under way
    stalled_at: Mapped[float | None] = mapped_column(Float(53))
    blamed_at: Mapped[float | None] = mapped_column(Float(53))
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[float | None] = mapped_column(Float(53))
    finished_at: Mapped[float | None] = mapped_column(Float(53))


class OutboxRow(RowBase):
    """One message to send or to edit.

    `sending` is written before the request: after a crash it is unknown whether such a message was sent. A
    sent row keeps its key, kind, form and the sealed message id that a later edit may need.

    `form`: `whole` as it was written, `again` the same after a refusal, `words` without its picture or file,
    `notice` a sentence instead, because Telegram accepted no other form.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "ix_outbox_waiting",
            "lane_ref",
            "id",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
        Index("ix_outbox_state", "state", "finished_at"),
        CheckConstraint("attempts >= 0", name="attempts"),
    )

    id: Mapped[RowId]
    key: Mapped[str] = mapped_column(String(160))
    replaces: Mapped[str | None] = mapped_column(String(160))  # the key of an earlier row
    state: Mapped[str] = mapped_column(
        checked_string("state", "pending", "sending", "sent", "cancelled", "failed"), default="pending"
    )
    priority: Mapped[int]
    kind: Mapped[str] = mapped_column(checked_string("kind", "text", "photo", "document"))
    is_group: Mapped[bool]  # groups have their own rate limit
    lane_ref: Mapped[bytes | None]
    chat: Mapped[bytes | None]  # the sealed chat id
    payload: Mapped[bytes | None]  # the sealed message, as JSON
    blob: Mapped[bytes | None]  # the sealed picture or document
    message_id: Mapped[bytes | None]  # sealed
    form: Mapped[str] = mapped_column(
        checked_string("form", "whole", "again", "words", "notice"), default="whole", server_default="whole"
    )
    unknown: Mapped[bool] = mapped_column(
        default=False
    )  # it may have been sent already: the next try marks it so
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[float] = mapped_column(Float(53))
    not_before: Mapped[float] = mapped_column(Float(53), default=0.0)
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[float | None] = mapped_column(Float(53))
    finished_at: Mapped[float | None] = mapped_column(Float(53))

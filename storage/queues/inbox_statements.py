"""The frequent statements of the inbox, each built once.

SQLAlchemy takes ten times as long to build a statement as SQLite takes to run it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Select, Table, Update, and_, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database.base import NO_JOIN, literally, literally_in
from storage.queues.tables import InboxRow

_INBOX: Final = cast("Table", InboxRow.__table__)


def is_passed(inbox: Any) -> Any:
    """Whether later turns of a lane may overtake this one: Telegram does not deliver its file.

    Commands and buttons never wait for a file; photos only wait until the file is known to be at fault.
    """
    is_quick = inbox.track == literally("quick")
    return or_(inbox.blamed_at.is_not(None), and_(is_quick, inbox.stalled_at.is_not(None)))


def select_heads() -> Select[Any]:
    """The heads of the lanes of `track` that are due at `now`, and overtaken turns; at most `most`."""
    inbox, other = _INBOX.c, _INBOX.alias("other").c
    same_lane = and_(other.track == inbox.track, other.lane_ref == inbox.lane_ref)
    is_older = and_(other.state == literally("ready"), other.id < inbox.id)
    ahead = or_(other.state == literally("claimed"), is_older)
    holds_up = literally_in(other.state, ("ready", "claimed")), ~is_passed(other)
    in_front = select(other.id).where(same_lane, *holds_up, ahead)
    due = or_(inbox.not_before <= bindparam("now"), inbox.not_before > bindparam("farthest"))
    return (
        select(inbox.id, inbox.album_ref, inbox.lane_ref)
        .where(inbox.state == literally("ready"), inbox.track == bindparam("track"), due)
        .where(or_(is_passed(inbox), ~exists(in_front.offset(NO_JOIN))))
        .order_by(inbox.id)
        .limit(bindparam("most"))
        # Processes on PostgreSQL claim side by side: a head that another one is taking is passed over.
        .with_for_update(skip_locked=True, of=_INBOX)
    )


def claim_heads(names: Sequence[str]) -> Update:
    """Claim those of the rows `ids` that are ready, and return these columns."""
    inbox = _INBOX.c
    chosen = inbox.id.in_(bindparam("ids", expanding=True))
    return (
        update(_INBOX)
        .where(chosen, inbox.state == literally("ready"))
        .values(state="claimed", claimed_by=bindparam("owner"), lease_until=bindparam("until"))
        .returning(*(inbox[name] for name in names))
    )


def select_albums() -> Select[Any]:
    """The ready items of the `albums` of the chats `lanes` on `track`."""
    inbox = _INBOX.c
    return select(inbox.id).where(
        inbox.track == bindparam("track"),
        inbox.lane_ref.in_(bindparam("lanes", expanding=True)),
        inbox.state == literally("ready"),
        inbox.album_ref.in_(bindparam("albums", expanding=True)),
    )


@cache
def add_unless_known(dialect: str, names: tuple[str, ...]) -> Any:
    """An insert of these columns that does nothing if the unique key is taken."""
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(_INBOX)
    given: dict[str, Any] = {name: bindparam(name) for name in names}
    return insert.values(state="ready", attempts=0, crashes=0, **given).on_conflict_do_nothing()


@cache
def take_out_of_work(names: tuple[str, ...], more_attempts: int) -> Update:
    """Take the rows `ids` of the owner `mine` out of work, setting these columns to `new_<name>`."""
    inbox = _INBOX.c
    values = {name: bindparam(f"new_{name}", type_=inbox[name].type) for name in names}
    counted = {"attempts": inbox.attempts + more_attempts} if more_attempts else {}
    is_ours = inbox.state == literally("claimed"), inbox.claimed_by == bindparam("mine")
    chosen = inbox.id.in_(bindparam("ids", expanding=True))
    return update(_INBOX).where(chosen, *is_ours).values(**values, **counted)

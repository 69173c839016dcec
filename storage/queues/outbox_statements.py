"""The frequent statements of the outbox, each built once; see `storage.queues.inbox_statements`."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Select, Table, Update, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database.base import NO_JOIN, literally, literally_in
from storage.queues.tables import OutboxRow

_OUTBOX: Final = cast("Table", OutboxRow.__table__)
_WAITING: Final = ("pending", "sending")


@cache
def add_unless_known(dialect: str, names: tuple[str, ...]) -> Any:
    """An insert of these columns that does nothing if the key is taken; returns the id."""
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(_OUTBOX)
    given: dict[str, Any] = {name: bindparam(name) for name in names}
    fixed = {"attempts": 0, "not_before": 0.0, "form": "whole"}
    return insert.values(**given, **fixed).on_conflict_do_nothing().returning(_OUTBOX.c.id)


def find_replaced() -> Select[Any]:
    """The message `replaced` and its edits, whose keys lie between `first` and `last`, if they still wait."""
    outbox = _OUTBOX.c
    replaced: Any = bindparam("replaced")
    named_after = and_(outbox.key > bindparam("first"), outbox.key < bindparam("last"))
    is_meant = or_(outbox.key == replaced, and_(named_after, outbox.replaces == replaced))
    is_edit = or_(outbox.message_id.is_not(None), outbox.replaces.is_not(None)).label("is_edit")
    columns = outbox.id, outbox.key, outbox.state, outbox.priority, outbox.unknown, outbox.kind, is_edit
    return select(*columns).where(is_meant, literally_in(outbox.state, _WAITING))


def find_last_answer() -> Select[Any]:
    """The least urgent priority of the answers that the chat `lane` waits for."""
    outbox = _OUTBOX.c
    named_after = func.substr(outbox.key, 1, func.length(outbox.replaces) + 1)
    return select(func.max(outbox.priority)).where(
        outbox.lane_ref == bindparam("lane"),
        literally_in(outbox.state, _WAITING),
        outbox.replaces.is_not(None),
        named_after != outbox.replaces + ":",  # an edited acknowledgement is not an answer
    )


def claim_heads() -> Update:
    """Mark those of `ids` that wait and are the head of their lane; returns their ids."""
    outbox, other = _OUTBOX.c, _OUTBOX.alias("other").c
    is_older = and_(other.priority == outbox.priority, other.id < outbox.id)
    goes_first = or_(other.priority < outbox.priority, is_older)
    is_ahead = or_(other.state == literally("sending"), and_(other.state == literally("pending"), goes_first))
    same_lane = other.lane_ref == outbox.lane_ref, literally_in(other.state, _WAITING)
    chosen = outbox.id.in_(bindparam("ids", expanding=True)), outbox.state == literally("pending")
    in_front = select(other.id).where(*same_lane, is_ahead).offset(NO_JOIN)
    return (
        update(_OUTBOX)
        .where(*chosen, ~exists(in_front))
        .values(state="sending", claimed_by=bindparam("owner"), lease_until=bindparam("until"))
        .returning(outbox.id)
    )


def read_claimed(names: Sequence[str]) -> Select[Any]:
    """These columns of `ids`; the `target` columns are of the message to edit, once it was sent."""
    outbox, replaced = _OUTBOX.c, _OUTBOX.alias("replaced").c
    was_sent = replaced.state == literally("sent")
    target = case((was_sent, replaced.message_id), else_=outbox.message_id).label("target")
    target_kind = case((was_sent, replaced.kind), else_=None).label("target_kind")
    target_form = case((was_sent, replaced.form), else_=None).label("target_form")
    columns = [outbox[name] for name in names if not name.startswith("target")]
    joined = _OUTBOX.outerjoin(replaced.id.table, replaced.key == outbox.replaces)
    chosen = outbox.id.in_(bindparam("ids", expanding=True))
    return select(*columns, target, target_kind, target_form).select_from(joined).where(chosen)


@cache
def change(names: tuple[str, ...], more_attempts: int) -> Update:
    """Set these columns of the row `row` to `new_<name>`."""
    outbox = _OUTBOX.c
    values = {name: bindparam(f"new_{name}", type_=outbox[name].type) for name in names}
    counted = {"attempts": outbox.attempts + more_attempts} if more_attempts else {}
    return update(_OUTBOX).where(outbox.id == bindparam("row")).values(**values, **counted)

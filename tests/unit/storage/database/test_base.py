"""What every table shares."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, Enum, ForeignKeyConstraint
from sqlalchemy.dialects import postgresql, sqlite

from storage.database.base import UtcDateTime
from storage.schema import all_tables

DIALECTS = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# A day from either end, so that no zone leads out of the calendar.
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(DIALECTS))
def test_a_moment_survives_the_database_whatever_its_zone(moment: datetime, dialect: object) -> None:
    column = UtcDateTime()
    stored = column.process_bind_param(moment, dialect)  # type: ignore[arg-type]
    back = column.process_result_value(stored, dialect)  # type: ignore[arg-type]
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(st.datetimes(), st.sampled_from(DIALECTS))
def test_a_naive_moment_is_refused(moment: datetime, dialect: object) -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(moment, dialect)  # type: ignore[arg-type]


def test_every_constraint_has_a_name_that_a_migration_can_use() -> None:
    tables = all_tables().sorted_tables
    assert len(tables) >= 7
    for table in tables:
        for constraint in table.constraints:
            name = str(constraint.name)
            assert name[:3] in {"pk_", "uq_", "ck_", "fk_"}, f"{table.name}: {name}"
            assert table.name in name
            assert len(name) <= 63, "PostgreSQL cuts longer names"


def test_every_string_of_a_closed_list_is_checked_by_the_database() -> None:
    checked = [
        (table, column)
        for table in all_tables().sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum)
    ]
    assert checked
    for table, column in checked:
        checks = [str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)]
        assert f"ck_{table.name}_{column.name}" in checks


def test_every_reference_says_what_deleting_does() -> None:
    references = [
        constraint
        for table in all_tables().sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
    ]
    assert references
    assert all(reference.ondelete for reference in references)


def test_no_column_of_the_record_is_named_after_what_must_not_be_in_it() -> None:
    apart = {"inbox", "outbox", "leases"}  # what is in work; and names of tasks, which are nobody's
    record = [table for table in all_tables().sorted_tables if table.name not in apart]
    names = {column.name for table in record for column in table.columns}
    assert "subject" in names
    assert not names & {"user_id", "chat_id", "username", "name", "first_name", "file_id", "photo", "image"}

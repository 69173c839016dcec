"""What people took back since the backup: it is taken back again in a restored database.

Kept photos of followed lesions, words of their own, reminders, and forms that were sent or cancelled. A
reminder that was set since is added again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, delete, insert, select, update

from storage.clinic.tables import DraftRow
from storage.database.base import RowBase
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit_lesions import note_words
from storage.record.followed_photos import stop_keeping
from storage.record.patient_contexts import NOTHING, PatientRevision, keep_patient, list_patients
from storage.record.sender_tables import (
    AskRow,
    LesionFilesRow,
    LesionRow,
    PatientContextRow,
    PhotoFilesRow,
    ReminderRow,
)
from storage.record.tables import CaseRow, LinkRow
from storage.restoring.tables import Present, Session, key_of, read_rows, table_of, without
from storage.restoring.trails import TrailChanges

_REMINDER: Final = ("subject", "case_number", "due_at")
_LABEL: Final = ("subject", "first_word", "second_word")


async def withdraw_again(present: Present, new: WriteSession, *, now: datetime) -> int:
    """Take back what the present database no longer has; the number of lesions whose photos are forgotten.

    Once this is committed, call `Database.erase_traces`.
    """
    old = present.session
    cases = set(await old.scalars(select(CaseRow.number)))
    changes = await TrailChanges.find(present, new)
    await _erase_words(old, new, changes=changes, now=now)
    said = cases if changes.is_complete else cases & changes.patients
    await _erase_patients(old, new, said, now=now)
    await _keep_common(old, new, ReminderRow, _REMINDER, only=cases)
    if present.is_sound:
        await _add_reminders(old, new)
    await _keep_common(old, new, PhotoFilesRow, ("case_number",), only=cases)
    await _keep_common(old, new, AskRow, ("subject", "topic", "argument"))
    await _keep_common(old, new, DraftRow, ("subject", "case_number", "payload"))
    await _forget_files(old, new, cases if changes.is_complete else cases & changes.cases)
    return await _forget_photos(old, new, changes=changes, now=now)


async def _forget_photos(old: ReadSession, new: WriteSession, *, changes: TrailChanges, now: datetime) -> int:
    """Stop to follow the lesions whose photos are no longer followed; their number."""
    lesions = {key_of(row, _LABEL): row for row in await read_rows(old, LesionRow)}
    stopped = 0
    for row in await read_rows(new, LesionRow, LesionRow.agreed_at.is_not(None)):
        label = key_of(row, _LABEL)
        is_changed = changes.is_complete or label in changes.photos
        if is_changed and ((there := lesions.get(label)) is None or there["agreed_at"] is None):
            await stop_keeping(new, row["id"], subject=row["subject"], now=now)
            stopped += 1
    return stopped


async def _forget_files(old: ReadSession, new: WriteSession, cases: Collection[str]) -> None:
    """Delete where the photos of these cases are if this is no longer kept."""
    kept = {number for number, _ in await _read_kept(old)}
    gone = [case_id for number, case_id in await _read_kept(new) if number in cases and number not in kept]
    for case_id in gone:
        await new.execute(delete(table_of(LesionFilesRow)).where(LesionFilesRow.case_id == case_id))


async def _read_kept(session: Session) -> Sequence[tuple[str, int]]:
    kept = select(CaseRow.number, CaseRow.id).join(LesionFilesRow, LesionFilesRow.case_id == CaseRow.id)
    return [(number, case_id) for number, case_id in await session.execute(kept)]


async def _erase_words(old: ReadSession, new: WriteSession, *, changes: TrailChanges, now: datetime) -> None:
    """Set a sender's own words for a lesion to the present ones, or to none."""
    present = {key_of(row, _LABEL): row["own_words"] for row in await read_rows(old, LesionRow)}
    for row in await read_rows(new, LesionRow, LesionRow.own_words.is_not(None)):
        words = present.get(label := key_of(row, _LABEL))
        if words != row["own_words"] and (changes.is_complete or label in changes.words):
            changed = update(table_of(LesionRow)).where(LesionRow.id == row["id"])
            await new.execute(changed.values(own_words=words))
            await note_words(new, row["id"], subject=row["subject"], own_words=words, now=now)


async def _add_reminders(old: ReadSession, new: WriteSession) -> None:
    """Add the reminders that were set since, for cases of the restored record: each was promised."""
    cases = {(row.number, row.subject) for row in await new.execute(select(CaseRow.number, CaseRow.subject))}
    linked = set(await new.scalars(select(LinkRow.subject)))
    known = {key_of(row, _REMINDER) for row in await read_rows(new, ReminderRow)}
    for row in await read_rows(old, ReminderRow):
        is_of_case = (row["case_number"], row["subject"]) in cases and row["subject"] in linked
        if is_of_case and key_of(row, _REMINDER) not in known:
            await new.execute(insert(table_of(ReminderRow)).values(without(row, "id")))


async def _erase_patients(
    old: ReadSession, new: WriteSession, cases: Collection[str], *, now: datetime
) -> None:
    """Set what is said about the patients of these cases to what is said now, if they were not copied."""
    said = {row["case_number"]: row for row in await read_rows(old, PatientContextRow)}
    for row in await read_rows(new, PatientContextRow):
        number, subject = row["case_number"], row["subject"]
        there = said.get(number)
        if number in cases and (there is None or there["updated_at"] > row["updated_at"]):
            kept = (await list_patients(old, [number], subject=subject)).get(number, NOTHING)
            seen = (await list_patients(new, [number], subject=subject)).get(number, NOTHING)
            revision = PatientRevision(seen=seen, kept=kept)
            await keep_patient(new, number, subject=subject, revision=revision, now=now)


async def _keep_common(
    old: ReadSession,
    new: WriteSession,
    row: type[RowBase],
    names: Sequence[str],
    *,
    only: set[str] | None = None,
) -> None:
    """Delete the rows that the present database does not have; of these cases only, if they are given."""
    table = table_of(row)
    present = {key_of(each, names) for each in await read_rows(old, row)}
    for each in await read_rows(new, row):
        if key_of(each, names) not in present and (only is None or each["case_number"] in only):
            same = and_(*(column == each[column.name] for column in table.primary_key.columns))
            await new.execute(delete(table).where(same))

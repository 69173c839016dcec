"""Compares the lesions that senders follow with the audit trail, and notes their changes there.

A lesion is a pair of random words by place; a sender's own words enter as a hash of the sealed bytes, and
of its photos only since when the patient agrees that they are followed. A lesion goes with the link of its
owner, so the trail is compared with the lesions of known people only.
"""

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select

from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import CASES_A_READ, hash_sealed, read_entries
from storage.record.sender_tables import LesionCaseRow, LesionRow
from storage.record.tables import AuditRow, CaseRow, LinkRow

OF_CASE: Final = "lesion"
OF_WORDS: Final = "lesion_words"
OF_PHOTOS: Final = "lesion_photos"
# Id, number and label (or two None) of the next cases of known people.
_LABELS: Final = (
    select(CaseRow.id, CaseRow.number, LesionRow.first_word, LesionRow.second_word)
    .join(LinkRow, LinkRow.subject == CaseRow.subject)
    .outerjoin(LesionCaseRow, LesionCaseRow.case_id == CaseRow.id)
    .outerjoin(LesionRow, LesionRow.id == LesionCaseRow.lesion_id)
    .where(CaseRow.id > bindparam("after"))
    .order_by(CaseRow.id)
    .limit(CASES_A_READ)
)


async def note_lesion(session: WriteSession, case_id: int, *, lesion_id: int | None, now: datetime) -> None:
    """Add an entry: from now on the case shows this lesion, or none."""
    found = await session.execute(select(CaseRow.number, CaseRow.subject).where(CaseRow.id == case_id))
    number, subject = found.one()
    payload = {"lesion": None if lesion_id is None else await _read_label(session, lesion_id)}
    entry = AuditEntry(kind=OF_CASE, subject=subject, case_number=number, payload=payload)
    await append(session, entry, now=now)


async def note_words(
    session: WriteSession, lesion_id: int, *, subject: str, own_words: bytes | None, now: datetime
) -> None:
    """Add an entry: from now on the lesion has these own words (sealed), or none."""
    payload = {"lesion": await _read_label(session, lesion_id), "sealed": hash_sealed(own_words)}
    await append(session, AuditEntry(kind=OF_WORDS, subject=subject, payload=payload), now=now)


async def note_photos(
    session: WriteSession, lesion_id: int, *, subject: str, is_kept: bool, now: datetime
) -> None:
    """Add an entry: from now on the patient agrees that the lesion's photos are followed, or no longer."""
    payload = {"lesion": await _read_label(session, lesion_id), "kept": is_kept}
    await append(session, AuditEntry(kind=OF_PHOTOS, subject=subject, payload=payload), now=now)


async def compare_lesions(session: ReadSession) -> int:
    """Compare the lesions of known people with their entries and return how many lesions there are.

    A case and a lesion without such an entry are of version 0.1, which wrote none, or show no lesion.

    Raises:
        AuditBroken: a case shows another lesion than in the trail, or own words or an agreement were changed.
    """
    last_id = 0
    while rows := (await session.execute(_LABELS, {"after": last_id})).all():
        entries = await read_entries(session, [number for _, number, *_ in rows], ("case", OF_CASE))
        for _, number, *label in rows:
            noted = entries.get(number, ())
            changes = [payload["lesion"] for kind, _, _, payload in noted if kind == OF_CASE]
            is_old = all("language" not in payload for kind, _, _, payload in noted if kind == "case")
            found = label if label[0] is not None else None
            if found != (changes[-1] if changes else None) and (changes or not is_old):
                raise AuditBroken(f"Case {number} does not match the audit trail: lesion.")
        last_id = rows[-1][0]
    return await _compare_words(session)


async def _read_label(session: WriteSession, lesion_id: int) -> list[int]:
    words = select(LesionRow.first_word, LesionRow.second_word).where(LesionRow.id == lesion_id)
    return list((await session.execute(words)).one())


async def _compare_words(session: ReadSession) -> int:
    entries = await session.execute(
        select(AuditRow.kind, AuditRow.subject, AuditRow.at, AuditRow.payload)
        .where(AuditRow.kind.in_((OF_WORDS, OF_PHOTOS)))
        .order_by(AuditRow.id)
    )
    words: dict[tuple[Any, ...], str | None] = {}
    agreed: dict[tuple[Any, ...], datetime | None] = {}
    for kind, subject, at, payload in entries:
        content = json.loads(payload)
        if kind == OF_WORDS:
            words[subject, *content["lesion"]] = content["sealed"]
        else:
            agreed[subject, *content["lesion"]] = at if content["kept"] else None
    rows = (await session.scalars(select(LesionRow).order_by(LesionRow.id))).all()
    for row in rows:
        label = (row.subject, row.first_word, row.second_word)
        if hash_sealed(row.own_words) != words.get(label, hash_sealed(row.own_words)):
            raise AuditBroken("The own words of a lesion do not match the audit trail.")
        if row.agreed_at != agreed.get(label):
            raise AuditBroken("The agreement to follow a lesion's photos does not match the audit trail.")
    return len(rows)

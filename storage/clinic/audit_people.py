"""Compares consents and memberships of known people with the audit trail."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from storage.clinic.tables import MemberRow
from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession
from storage.record.tables import AuditRow, LinkRow

PEOPLE_A_READ: Final = 500
Membership = tuple[datetime, datetime | None]  # since, revoked at


async def compare_people(session: ReadSession) -> int:
    """Compare the consent and the memberships of every known person with their entries; how many there are.

    Raises:
        AuditBroken: a consent or a membership is missing, has no entry, or differs from its entries.
    """
    count, last_subject = 0, ""
    found = select(LinkRow.subject, LinkRow.consent_version, LinkRow.consent_at).order_by(LinkRow.subject)
    while rows := (
        await session.execute(found.where(LinkRow.subject > last_subject).limit(PEOPLE_A_READ))
    ).all():
        subjects = [subject for subject, *_ in rows]
        entries = await _read_entries(session, subjects)
        memberships: dict[str, dict[tuple[int, str], Membership]] = {}
        for row in await session.scalars(select(MemberRow).where(MemberRow.subject.in_(subjects))):
            memberships.setdefault(row.subject, {})[row.clinic_id, row.role] = row.since, row.revoked_at
        for subject, version, at in rows:
            noted = entries.get(subject, [])
            consents = [(payload["version"], when) for kind, when, payload in noted if kind == "consent"]
            if (version, at) != (consents[-1] if consents else (None, None)):
                raise AuditBroken(f"The consent of subject {subject} does not match the audit trail.")
            if memberships.get(subject, {}) != _follow_memberships(noted):
                raise AuditBroken(f"A membership of subject {subject} does not match the audit trail.")
        count, last_subject = count + len(rows), rows[-1][0]
    return count


async def _read_entries(
    session: ReadSession, subjects: list[str]
) -> dict[str, list[tuple[str, datetime, dict[str, Any]]]]:
    found = select(AuditRow.subject, AuditRow.kind, AuditRow.at, AuditRow.payload).where(
        AuditRow.subject.in_(subjects), AuditRow.kind.in_(("consent", "member"))
    )
    entries: dict[str, list[tuple[str, datetime, dict[str, Any]]]] = {}
    for subject, kind, at, payload in await session.execute(found.order_by(AuditRow.id)):
        entries.setdefault(str(subject), []).append((kind, at, json.loads(payload)))
    return entries


def _follow_memberships(
    entries: Iterable[tuple[str, datetime, dict[str, Any]]],
) -> dict[tuple[int, str], Membership]:
    """Since and until when the person has had which role in which clinic.

    A sender belongs to one clinic: joining another one ends the earlier membership.
    """
    memberships: dict[tuple[int, str], Membership] = {}
    for kind, at, payload in entries:
        if kind != "member":
            continue
        clinic, role = payload["clinic"], payload["role"]
        if payload["what"] == "removed":
            if (clinic, role) in memberships:
                memberships[clinic, role] = memberships[clinic, role][0], at
            continue
        for key, (since, revoked_at) in memberships.items():
            if role == key[1] == "sender" and key[0] != clinic and revoked_at is None:
                memberships[key] = since, at
        memberships[clinic, role] = at, None
    return memberships

"""`nevus audit`: verifies the trail and the record, and reads a photo again to compare its scores."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.commands.opened import run_on_record
from bot.errors import CommandRefused
from bot.settings import Settings
from inference.findings import choose_lesion
from inference.photo_files import NotRegularFileError, read_photo_file
from inference.photos import PhotoError
from inference.readings import PhotoFindings, PhotoReading
from storage.clinic.audit_people import compare_people
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.outcomes import compare_outcomes
from storage.database.errors import AuditBroken
from storage.database.sessions import Database
from storage.record.audit import read_snapshot, verify
from storage.record.audit_lesions import compare_lesions
from storage.record.audit_record import AuditedPhoto, compare_cases, find_audited_case
from storage.record.flag_closings import compare_closings
from storage.record.patient_contexts import compare_patient_contexts

BROKEN: Final = 1
CLOSE: Final = 1e-4  # between kernel classes the last digits of 32-bit sums differ
DESCRIPTION: Final = "Verify the audit trail and the record, or read a photo again and compare its scores."
VERIFY: Final = (
    "Check the chain of hashes from its start, and compare every case, referral, verdict, lesion, consent "
    "and membership with its entries. Keep the printed head in another place and pass it with --head later: "
    "a trail that was rewritten or cut off does not contain it. Exit code: 0 if everything matches, 1 if not."
)
REPLAY: Final = (
    "Read PHOTO again with the installed networks and compare the scores with the trail's entry of CASE: bit "
    "for bit if versions and kernel class are the same, to 0.0001 if not. PHOTO must be the exact file that "
    "Telegram delivered, which its keyed hash shows. Exit code: 0 if the scores are the same, 1 if not."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("audit", help="verify the audit trail", description=DESCRIPTION)
    what = parser.add_subparsers(metavar="verify | replay", required=True)
    checking = what.add_parser("verify", help="check the trail and the record", description=VERIFY)
    checking.add_argument("--head", metavar="HASH", help="a head that was noted before; must be in the chain")
    checking.set_defaults(run=run_verify)
    replaying = what.add_parser("replay", help="compare a photo's scores", description=REPLAY)
    replaying.add_argument("case", metavar="CASE", help="the case's number, as N-4F7K2M")
    replaying.add_argument("photo", metavar="PHOTO", type=Path, help="the photo's file")
    replaying.set_defaults(run=run_replay)


def run_verify(args: argparse.Namespace) -> int:
    """Print what was verified, or the first difference."""

    async def work(database: Database, _settings: Settings) -> int:
        try:
            async with read_snapshot(database) as session:
                head = await verify(session, through=None if args.head is None else args.head.lower())
                cases = await compare_cases(session)
                referrals = await compare_referrals(session)
                await compare_lesions(session)
                await compare_people(session)
                await compare_outcomes(session)
                await compare_closings(session)
                await compare_patient_contexts(session)
        except AuditBroken as error:
            print(f"BROKEN  {error}")
            return BROKEN
        print(f"ok  {head.entries} entries, {cases} cases as noted, {referrals} referrals as noted")
        print(f"head  {head.hash}")
        return 0

    return run_on_record(work)


def run_replay(args: argparse.Namespace) -> int:
    """Print both readings and whether they match."""
    try:
        data = read_photo_file(args.photo)
    except NotRegularFileError:
        raise CommandRefused("the photo is not a regular file: name a photo file.") from None
    except OSError:
        raise CommandRefused("the photo cannot be opened.") from None

    async def work(database: Database, settings: Settings) -> int:
        from bot.cases.view import version_names
        from inference.local_engine import LocalEngine
        from storage.database.keys import Keyring

        async with database.read() as session:
            case = await find_audited_case(session, args.case)
        if case is None:
            raise CommandRefused("there is no case with this number in the trail.")
        hashes = Keyring.open(settings.key_path).photo_hashes(data)
        noted = next((photo for photo in case.photos if photo.photo_hash in hashes), None)
        if noted is None:
            print(f"DIFFERENT  This file is not a photo of {case.number}: its fingerprint differs.")
            return BROKEN
        engine = LocalEngine(settings.models_dir)
        try:
            await engine.start()
            reading = await engine.read(data)
        except PhotoError as error:
            raise CommandRefused(str(error)) from error
        finally:
            await engine.stop()
        return _report(noted, reading, then=noted.versions, now=version_names(engine.versions))

    return run_on_record(work)


def _report(
    noted: AuditedPhoto, reading: PhotoReading, *, then: Mapping[str, str], now: Mapping[str, str]
) -> int:
    changed = sorted(name for name in now if then.get(name) != now[name])
    for name in changed:
        print(f"      {name}: {then.get(name, 'not noted')} then, {now[name]} now")
    # A picked lesion's scores are those of that lesion.
    lesions = range(len(reading.findings.lesions))
    picks = (choose_lesion(reading.findings, lesion, is_picked=True) for lesion in lesions)
    found = [(find_gap(noted, each), each) for each in (reading.findings, *picks)]
    gap, findings = min(found, key=lambda each: (each[0] is None, each[0] or 0.0))
    for opinion in findings.opinions:
        before = noted.opinions.get(opinion.classifier, (None,))[0]
        print(f"      {opinion.classifier}: {before!r} then, {opinion.probability!r} now")
    if gap == 0:
        print("same  bit for bit")
    elif gap is not None and gap <= CLOSE and changed:
        print(f"same  to within {gap:.1e}, with other versions or another kernel class")
    else:
        print("DIFFERENT  The scores are not those of the trail.")
        return BROKEN
    return 0


def find_gap(noted: AuditedPhoto, findings: PhotoFindings) -> float | None:
    """The largest difference between the scores (0 to 1); None if one has scores that the other lacks."""
    seen = {each.classifier: (each.probability, each.malignant_probability) for each in findings.opinions}
    before, after = noted.probability, findings.probability
    if seen.keys() != noted.opinions.keys() or (before is None) != (after is None):
        return None
    pairs = [pair for name in seen for pair in zip(seen[name], noted.opinions[name], strict=True)]
    if before is not None and after is not None:
        pairs.append((before, after))
    return max((abs(first - second) for first, second in pairs), default=0.0)

"""What `nevus restore` prints: what was done, what may have come back, and what the operator does then."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from storage.restoring.carrying import CarriedOver
    from storage.restoring.queues import Waiting

WITHOUT_JOURNAL: Final = (
    "If anyone ever used /forget, restore the file from its backup and run: nevus restore --erasures-only. "
    "Until then these people are known again."
)
FORGOTTEN_BY_TRAIL: Final = (
    "People who used /forget since the backup were forgotten again by the audit trail of the previous "
    "database: {count}. If there is a copy of the journal, add its lines to the file and run: nevus restore "
    "--erasures-only."
)
QUEUES_OF_BACKUP: Final = (
    "That database could not be used: what waited in it, and was taken from Telegram, is not answered. What "
    "waited when the backup was made is answered now, marked, since it may have been answered before."
)
COME_BACK: Final = """\
Changes since the backup are not known here. These may have come back, or be lost:
- members who were removed: compare /members with each clinic's own list, and remove them again;
- photos of followed lesions that are no longer to be kept, and words that were corrected or erased: ask the \
senders to withdraw them again, or to use /forget;
- requests to clinics made since: their cards stay in the clinics' chats, but the bot does not know them. \
Tell the clinics to answer them by telephone, and the senders to send these photos again and ask again;
- requests answered since: they may wait again in the clinics' lists.
Invitations that could still be used were ended, because they may have been used: {voided}. Make new ones \
with /invite."""
NOT_RELATED: Final = (
    "The previous database has nothing that happened since the backup: it is older, or was made after a "
    "loss. Only its waiting updates and messages were taken over. People who used /forget in it may be known "
    "again."
)
NOT_SOUND: Final = (
    "The audit trail of the previous database does not hold. Removals and withdrawals were taken from it, "
    "but no new members, consents or requests: see `nevus audit verify`."
)
LEFT: Final = (
    "Requests about these cases changed since the backup and could not be taken over: {numbers}. Their cards "
    "stay in the clinics' chats. Tell the clinics to answer them by telephone, and the senders to send these "
    "photos again and ask again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revived:
    """The result of a restore; `forgotten` is None if there is no journal of erasures.

    `carried` is None if the present database could not be read. Then, or if it has nothing that happened
    since the backup, `voided` invitations were ended.
    """

    forgotten: int | None
    waiting: "Waiting"
    carried: "CarriedOver | None" = None
    voided: int = 0


def print_result(revived: Revived, *, journal: Path) -> None:
    """Print the result, and to the error output what the operator has to know or do."""
    waiting, again, carried = revived.waiting, "", revived.carried
    if revived.forgotten is None:
        known = WITHOUT_JOURNAL
        if carried is not None and carried.is_related and carried.is_sound:
            known = FORGOTTEN_BY_TRAIL.format(count=carried.forgotten)
        print(f"There was no journal of erasures ({journal}). {known}", file=sys.stderr)
    else:
        again = f"Forgotten again: {revived.forgotten} people. "
    print(f"{again}Too old to be answered: {waiting.dropped} entries.")
    print(f"Waiting, and answered once the bot runs: {waiting.updates} updates, {waiting.messages} messages.")
    if carried is not None and not carried.is_related:
        print(NOT_RELATED, file=sys.stderr)
    if carried is None or not carried.is_related:
        print(COME_BACK.format(voided=revived.voided), file=sys.stderr)
    if carried is not None:
        _print_carried(carried)


def _print_carried(carried: "CarriedOver") -> None:
    numbers, left = carried.cases.numbers, carried.cases.left
    if carried.is_related:
        print(
            "Taken from the previous database: people, members and invitations; "
            f"{len(numbers)} cases that clinics were asked about since. "
            f"Lesions whose photos are no longer kept: {carried.stopped}."
        )
    if not carried.is_sound:
        print(NOT_SOUND, file=sys.stderr)
    if left:
        print(LEFT.format(numbers=", ".join(left)), file=sys.stderr)

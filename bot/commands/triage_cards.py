"""The cards that `nevus triage --card` writes: one picture for each photo that was read."""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.commands.output_files import write_privately
from bot.commands.triage_output import printable
from bot.errors import CommandRefused
from inference.local_engine import LocalEngine
from inference.readings import Assessment, PhotoReading

if TYPE_CHECKING:
    from bot.conversation.wording import Wording

_STEM_BYTES: Final = 200  # of a photo's name in that of its card
_PREVALENCE: Final = 0.05  # any value: a card's words do not depend on it


class CardError(Exception):
    """A card cannot be written; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoCard:
    """What the card of a photo shows; `number` is its place among the photos."""

    number: int
    reading: PhotoReading
    assessment: Assessment


@functools.cache
def _english() -> "Wording":
    from bot.conversation.wording import Wording
    from bot.texts import Texts

    return Wording(texts=Texts.load(), language="en", prevalence=_PREVALENCE, pathway="")


def name_card(number: int, given: str) -> str:
    """Cut so that the name fits every file system: 255 bytes with number and ending."""
    stem = Path(given).stem.encode(errors="surrogateescape")[:_STEM_BYTES]
    return f"{number:04d}-{stem.decode(errors='ignore')}.jpg"


def check_targets(paths: Sequence[str], cards: Path) -> None:
    """Check that no card has the path of a photo that is to be read.

    Raises:
        CommandRefused: one has.
    """
    photos = {os.path.realpath(given): given for given in paths if "\0" not in given}
    for number, given in enumerate(paths, 1):
        target = cards / name_card(number, given)
        if "\0" not in given and (photo := photos.get(os.path.realpath(target))) is not None:
            raise CommandRefused(
                f"the card of {printable(given)} would replace the photo {printable(photo)}: "
                "name another folder with --card"
            )


def write_card(target: Path, card: PhotoCard, engine: LocalEngine) -> None:
    """Write the picture that the chat would send, in English.

    Raises:
        CardError: it cannot be written.
    """
    from bot.cases.card import render_card
    from bot.cases.view import CaseView, SeenPhoto

    photo = SeenPhoto(place=1, photo_hash="", findings=card.reading.findings)
    view = CaseView(number=str(card.number), assessment=card.assessment, photos=(photo,))
    picture = render_card(
        view,
        [card.reading],
        thresholds=engine.release.policy.for_domain(photo.findings.domain).thresholds,
        wording=_english(),
        at=datetime.now(UTC),
    )
    try:
        with write_privately(target) as draft:
            draft.write_bytes(picture)
    except OSError as error:
        raise CardError(error.strerror or "it cannot be written") from error
    except CommandRefused as error:
        raise CardError(str(error)) from error

"""What of the finder's probabilities is a lesion: the key `finder` of pair.json."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

FINDER: Final = "finder"  # the name of the finder's files and of its key in pair.json
_COUNTS: Final = {"min_area_cells", "max_read", "several_cells"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderPolicy:
    """What of the finder's probabilities is a lesion, and how it is cropped for the networks."""

    lesion_min: float  # probability from which a cell of the finder's grid is lesion
    peak_min: float  # the highest probability in a lesion is at least this
    min_area_cells: int  # a lesion has at least so many cells
    relative_area_min: float  # a further lesion has at least this share of the largest one's cells
    fill: float  # the lesion's larger box side as a share of the crop's side; above 0
    min_lesion_px: float  # a lesion whose larger side has fewer pixels gets no level
    max_read: int = 5  # lesions of one photo that the networks read
    # Where even the largest lesion is small, several are in the picture, and smaller ones count, too.
    crowd_side_max: float = 0.0  # its larger side, as a share of the photo's, is below this
    crowd_area_min: float = 0.0  # then `relative_area_min` is this
    # A further lesion that the finder is sure of counts however small it is beside the largest one.
    sure_min: float = 0.0  # its peak is at least this; 0: such lesions are not looked for
    sure_area_min: float = 0.0  # then `relative_area_min` is this
    # Where two lesions count, fainter and smaller ones of at least `crowd_area_min` count, too.
    several_cells: int = 0  # cells that they have at least; 0: the same is asked of all
    ink_min: float = 0.0  # a mark with at least this share of ink is no lesion; 0: ink is not looked for
    # A photo without a mark that is not taken for dermoscopic is read a second time, from nearer.
    closer_middle: float = 0.0  # lesion's assumed share of the photo's shorter side; 0: it is read once

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The policy in pair.json.

        Raises:
            KeyError: a key is missing.
            TypeError: a value is of another kind.
            ValueError: a value is out of range, or a key is unknown.
        """
        if unknown := sorted(set(values) - {each.name for each in fields(cls)}):
            raise ValueError(f"finder has the unknown keys {unknown}")
        numbers = {name: float(value) for name, value in values.items()}
        if unusable := sorted(name for name, value in numbers.items() if not math.isfinite(value)):
            raise ValueError(f"finder: {unusable} are not finite")
        shares = {name: value for name, value in numbers.items() if name not in {*_COUNTS, "min_lesion_px"}}
        if outside := sorted(name for name, value in shares.items() if not 0 <= value <= 1):
            raise ValueError(f"finder: {outside} are not between 0 and 1")
        counts = {name: int(numbers[name]) for name in _COUNTS & set(numbers)}
        found = cls(min_lesion_px=numbers["min_lesion_px"], **counts, **shares)  # type: ignore[arg-type]
        if min(found.lesion_min, found.fill) <= 0 or min(found.min_area_cells, found.max_read) < 1:
            raise ValueError("finder: lesion_min, fill, min_area_cells and max_read are above 0")
        if found.several_cells < 0:
            raise ValueError("finder: several_cells is at least 0")
        return found

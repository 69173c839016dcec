"""The card's colours. No two levels differ by red and green alone; each has a shape as well."""

from dataclasses import dataclass

from inference.readings import RiskLevel

Colour = tuple[int, int, int]

# A dark ground: it glares in no dark chat, and a photo stands out on it in a light one.
PAPER: Colour = (24, 30, 41)
PANEL: Colour = (52, 61, 77)
INK: Colour = (241, 244, 248)
SOFT_INK: Colour = (182, 191, 205)
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStyle:
    """How a level looks. White on `strong` has a contrast of 4.5 to 1 and `strong` on the ground 3 to 1."""

    strong: Colour
    bars: int  # of three; 0 draws a question mark


# Blue, not green, for `low`: it is not an all-clear.
STYLES: dict[RiskLevel, LevelStyle] = {
    RiskLevel.LOW: LevelStyle(strong=(40, 110, 190), bars=1),
    RiskLevel.MODERATE: LevelStyle(strong=(178, 95, 0), bars=2),
    RiskLevel.HIGH: LevelStyle(strong=(205, 40, 70), bars=3),
    RiskLevel.NOT_ASSESSABLE: LevelStyle(strong=(104, 116, 134), bars=0),
}

# Evidence: blue against, amber for melanoma; the two stay apart under every common colour blindness.
AGAINST: Colour = (40, 120, 255)
FOR: Colour = (255, 126, 0)
FOR_MOST: Colour = (255, 170, 24)

"""The card's colours. No two levels are told apart by red and green alone; each has a shape as well."""

from dataclasses import dataclass

from inference.readings import RiskLevel

Colour = tuple[int, int, int]

PAPER: Colour = (247, 248, 250)
PANEL: Colour = (226, 230, 236)
INK: Colour = (24, 32, 44)
SOFT_INK: Colour = (88, 98, 114)
STRIP: Colour = (18, 24, 34)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStyle:
    """How a level looks: white on `strong` and `strong` on `tint` both reach a contrast of 4.5 to 1."""

    strong: Colour
    tint: Colour
    bars: int  # of three; 0 draws a question mark


# Blue, not green, for `low`: it is no all-clear.
STYLES: dict[RiskLevel, LevelStyle] = {
    RiskLevel.LOW: LevelStyle(strong=(32, 96, 168), tint=(214, 228, 245), bars=1),
    RiskLevel.MODERATE: LevelStyle(strong=(166, 86, 0), tint=(252, 231, 200), bars=2),
    RiskLevel.HIGH: LevelStyle(strong=(160, 22, 52), tint=(249, 216, 221), bars=3),
    RiskLevel.NOT_ASSESSABLE: LevelStyle(strong=(76, 86, 102), tint=(226, 230, 236), bars=0),
}

# Evidence: blue against, amber for melanoma; the two stay apart under every common colour blindness.
AGAINST: Colour = (40, 120, 255)
FOR: Colour = (255, 126, 0)
FOR_MOST: Colour = (255, 170, 24)

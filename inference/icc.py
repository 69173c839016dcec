"""ICC profiles as bytes: write one for given primaries and curve, read what a foreign one says of HDR.

Pure Python, since the decoding process loads neither numpy nor more than it needs.
"""

import struct
from dataclasses import dataclass
from typing import Final

Point = tuple[float, float]  # CIE 1931 x and y
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

D65: Final[Point] = (0.3127, 0.3290)
_D50_XYZ: Final[Vector] = (0.9642, 1.0, 0.8249)  # ICC.1:2022, section 7.2.16
# Bradford's cone responses (ICC.1:2022, annex E)
_BRADFORD: Final[Matrix] = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


@dataclass(frozen=True, slots=True)
class Primaries:
    """Chromaticities of the three colours and of white."""

    red: Point
    green: Point
    blue: Point
    white: Point = D65


@dataclass(frozen=True, slots=True)
class Curve:
    """A transfer curve to linear light, 0 to 1: a power, with a straight foot where `slope` is given.

    `((value + offset) / (1 + offset)) ** gamma` from `start` on, below it `value * slope`.
    """

    gamma: float
    offset: float = 0.0
    slope: float = 0.0
    start: float = 0.0

    def to_tag(self) -> bytes:
        """A parametricCurveType (ICC.1:2022, section 10.18)."""
        scale = 1 / (1 + self.offset)
        numbers = (self.gamma, scale, self.offset * scale, self.slope, self.start)
        kind, used = (3, numbers) if self.slope else (0, numbers[:1])
        return b"para\x00\x00\x00\x00" + struct.pack(">HH", kind, 0) + b"".join(map(_fixed, used))


@dataclass(frozen=True, slots=True)
class ToneTable:
    """A transfer curve as a table of 16-bit values at even steps, as TIFF's TransferFunction has it."""

    values: tuple[int, ...]

    def to_tag(self) -> bytes:
        """A curveType (ICC.1:2022, section 10.6)."""
        count = len(self.values)
        return b"curv\x00\x00\x00\x00" + struct.pack(f">I{count}H", count, *self.values)


SRGB_PRIMARIES: Final = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
SRGB_CURVE: Final = Curve(2.4, 0.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1


def write_profile(primaries: Primaries, curves: tuple[Curve | ToneTable, ...]) -> bytes:
    """A version 4 display profile.

    Args:
        primaries: of the pixels' colour space.
        curves: one for all three channels, or three.

    Raises:
        ValueError: the chromaticities span no colour space.
    """
    columns = _find_columns(primaries)
    tags = {b"wtpt": _xyz(_D50_XYZ)}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True):
        tags[name] = _xyz(column)
    for place, name in enumerate((b"rTRC", b"gTRC", b"bTRC")):
        tags[name] = curves[place % len(curves)].to_tag()
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(
        ">I4xI4s4s4s12x4s28x", start + len(body), 0x04200000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    head += b"".join(map(_fixed, _D50_XYZ))
    return head + bytes(128 - len(head)) + table + body


def find_transfer(profile: bytes) -> int | None:
    """The transfer characteristics that a `cicp` tag names (ITU-T H.273); None without such a tag."""
    count = min(int.from_bytes(profile[128:132]), 100)
    for place in range(132, 132 + 12 * count, 12):
        if profile[place : place + 4] == b"cicp":
            start = int.from_bytes(profile[place + 4 : place + 8])
            return (
                profile[start + 9]
                if profile[start : start + 4] == b"cicp" and start + 10 <= len(profile)
                else None
            )
    return None


def _find_columns(primaries: Primaries) -> tuple[Vector, Vector, Vector]:
    """XYZ of red, green and blue, adapted from the space's white to D50."""
    corners = [_to_xyz(point) for point in (primaries.red, primaries.green, primaries.blue)]
    white = _to_xyz(primaries.white)
    shares = _times(_invert(_transpose(corners)), white)
    here, there = _times(_BRADFORD, white), _times(_BRADFORD, _D50_XYZ)
    back = _invert(_BRADFORD)
    columns = []
    for corner, share in zip(corners, shares, strict=True):
        cones = _times(_BRADFORD, corner)
        adapted = [
            share * cone * after / before for cone, before, after in zip(cones, here, there, strict=True)
        ]
        columns.append(_times(back, (adapted[0], adapted[1], adapted[2])))
    return columns[0], columns[1], columns[2]


def _to_xyz(point: Point) -> Vector:
    x, y = point
    if y <= 0:
        raise ValueError("a chromaticity lies outside the diagram")
    return x / y, 1.0, (1 - x - y) / y


def _transpose(rows: list[Vector]) -> Matrix:
    first, second, third = zip(*rows, strict=True)
    return first, second, third


def _times(matrix: Matrix, vector: Vector) -> Vector:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _invert(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    size = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(size) < 1e-9:
        raise ValueError("the primaries lie on one line")
    return (
        ((e * i - f * h) / size, (c * h - b * i) / size, (b * f - c * e) / size),
        ((f * g - d * i) / size, (a * i - c * g) / size, (c * d - a * f) / size),
        ((d * h - e * g) / size, (b * g - a * h) / size, (a * e - b * d) / size),
    )


def _fixed(value: float) -> bytes:
    return struct.pack(">i", max(-(1 << 31), min((1 << 31) - 1, round(value * 65536))))


def _xyz(value: Vector) -> bytes:
    return b"XYZ \x00\x00\x00\x00" + b"".join(map(_fixed, value))

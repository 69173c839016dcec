"""The directories of a TIFF file, read far enough to distinguish a camera's raw file from a picture."""

import struct
from collections.abc import Iterator
from typing import Final

_NEW_SUBFILE_TYPE, _COMPRESSION, _PHOTOMETRIC, _MAKE, _SUB_IFDS = 254, 259, 262, 271, 330
_DNG_VERSION: Final = 50706
_SENSOR_MOSAIC, _LINEAR_RAW = 32803, 34892  # PhotometricInterpretation, DNG specification 1.7
# Nikon, Sony, Pentax, Samsung, Kodak, Epson: compressions that only raw files use (LibTIFF's tiff.h)
_RAW_COMPRESSIONS: Final = {32767, 32769, 32770, 34713, 65000, 65535}
_MOST_DIRECTORIES, _MOST_ENTRIES = 16, 512
_SIZES: Final = {1: 1, 3: 2, 4: 4, 13: 4}  # bytes of a value: BYTE, SHORT, LONG, IFD

Directory = dict[int, list[int]]


def is_raw_tiff(data: bytes) -> bool:
    """Whether this is a raw file built as TIFF: DNG, NEF, ARW, PEF, SRW, 3FR and others."""
    return any(_is_raw(directory) for directory in list_directories(data))


def is_from_camera(data: bytes) -> bool:
    """Whether the first directory names the camera's maker."""
    return _MAKE in next(list_directories(data), {})


def list_directories(data: bytes) -> Iterator[Directory]:
    """Whole-number tags of each directory, sub-directories included; of other tags the name alone."""
    if data[:4] not in {b"II*\x00", b"MM\x00*"}:
        return
    order = "<" if data[:2] == b"II" else ">"
    places, seen = [_read(data, order + "I", 4)], set[int]()
    while places and len(seen) < _MOST_DIRECTORIES:
        place = places.pop(0)
        if place is None or place in seen or place < 8:
            continue
        seen.add(place)
        directory, following = _read_directory(data, order, place)
        yield directory
        places += [following, *directory.get(_SUB_IFDS, [])]


def _is_raw(directory: Directory) -> bool:
    photometric = directory.get(_PHOTOMETRIC, [])
    compression = directory.get(_COMPRESSION, [])
    # A reduced picture first, the full one in a sub-directory, and a camera's maker: how raw files begin
    is_preview = directory.get(_NEW_SUBFILE_TYPE) == [1] and _MAKE in directory and _SUB_IFDS in directory
    return (
        _DNG_VERSION in directory
        or bool({_SENSOR_MOSAIC, _LINEAR_RAW} & {*photometric})
        or bool(_RAW_COMPRESSIONS & {*compression})
        or is_preview
    )


def _read_directory(data: bytes, order: str, place: int) -> tuple[Directory, int | None]:
    count = min(_read(data, order + "H", place) or 0, _MOST_ENTRIES)
    directory: Directory = {}
    for entry in range(place + 2, place + 2 + 12 * count, 12):
        head = data[entry : entry + 12]
        if len(head) < 12:
            return directory, None
        tag, kind, length = struct.unpack(order + "HHI", head[:8])
        directory[tag] = _read_values(data, order, entry, kind=kind, length=length)
    return directory, _read(data, order + "I", place + 2 + 12 * count)


def _read_values(data: bytes, order: str, entry: int, *, kind: int, length: int) -> list[int]:
    """At most 16 values: no tag that matters here has more."""
    size = _SIZES.get(kind)
    if size is None:
        return []
    start = entry + 8 if size * length <= 4 else _read(data, order + "I", entry + 8)
    code = order + {1: "B", 2: "H", 4: "I"}[size]
    values = [] if start is None else [_read(data, code, start + size * at) for at in range(min(length, 16))]
    return [value for value in values if value is not None]


def _read(data: bytes, code: str, place: int) -> int | None:
    size = struct.calcsize(code)
    part = data[place : place + size]
    return struct.unpack(code, part)[0] if len(part) == size else None

"""The colour space that a photo's file names: an ICC profile, or code points and tags made into one.

The strongest statement wins. PNG (third edition, section 11.3.2): cICP, iCCP, sRGB, then gAMA and cHRM.
HEIF and AVIF: an ICC profile before nclx (ISO 23008-12). Without any, pixels are sRGB.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

from PIL import Image

from inference.icc import (
    D65,
    SRGB_CURVE,
    SRGB_PRIMARIES,
    Curve,
    Primaries,
    ToneTable,
    find_transfer,
    write_profile,
)
from inference.photo_errors import HdrPhotoError

_C_WHITE: Final = (0.310, 0.316)
_SMPTE_C: Final = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
# ITU-T H.273, table 2
_PRIMARIES: Final = {
    1: SRGB_PRIMARIES,
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C_WHITE),
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: _SMPTE_C,
    7: _SMPTE_C,
    8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C_WHITE),
    9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    10: Primaries((1.0, 0.0001), (0.0, 1.0), (0.0, 0.0001), (1 / 3, 1 / 3)),
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
_BT709_CURVE: Final = Curve(1 / 0.45, 0.099, 1 / 4.5, 0.081)
# ITU-T H.273, table 3; unknown codes are taken as sRGB
_CURVES: Final = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), _BT709_CURVE),
    4: Curve(2.2),
    5: Curve(2.8),
    7: Curve(1 / 0.45, 0.1115, 1 / 4.0, 0.0912),
    8: Curve(1.0),
    17: Curve(2.6),
}
_HDR_TRANSFERS: Final = {16, 18}  # PQ (SMPTE ST 2084) and HLG (ARIB STD-B67)
_ADOBE_RGB: Final = write_profile(Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), (Curve(563 / 256),))
_INTEROP_IFD, _INTEROP_INDEX = 0xA005, 0x0001
_WHITE_POINT, _CHROMATICITIES, _TRANSFER_FUNCTION = 318, 319, 301  # TIFF
_MOST_CHUNKS: Final = 10_000
_META_BYTES: Final = 1 << 20  # of a HEIF file, searched for nclx


def find_profile(photo: Image.Image, data: bytes, kind: str) -> bytes | None:
    """The ICC profile of the photo's colours; None for sRGB.

    Args:
        photo: opened, not loaded.
        data: the file.
        kind: its format, as `inference.photo_formats.detect_format` names it.

    Raises:
        HdrPhotoError: the colours are coded by PQ or HLG.
    """
    embedded = photo.info.get("icc_profile")
    embedded = embedded if isinstance(embedded, bytes) and embedded else None
    points = _find_code_points(data, kind)
    if (points is not None and points[1] in _HDR_TRANSFERS) or find_transfer(
        embedded or b""
    ) in _HDR_TRANSFERS:
        raise HdrPhotoError
    if embedded is not None and not (kind == "PNG" and points is not None):
        return embedded
    try:
        if points is None:
            return _from_tags(photo, kind)
        space, curve = _PRIMARIES.get(points[0], SRGB_PRIMARIES), _CURVES.get(points[1], SRGB_CURVE)
        is_srgb = (space, curve) == (SRGB_PRIMARIES, SRGB_CURVE)
        return None if is_srgb else write_profile(space, (curve,))
    except Exception:  # noqa: BLE001 - hostile tags; colours are then unknown, as without any
        return None


def _from_tags(photo: Image.Image, kind: str) -> bytes | None:
    if kind == "PNG":
        # gAMA and cHRM. An sRGB file repeats itself in both, for old readers: that stays sRGB.
        info = photo.info
        if "srgb" in info or not {"gamma", "chromaticity"} & info.keys():
            return None
        points = info.get("chromaticity")
        space = SRGB_PRIMARIES
        if points:
            space = Primaries(points[2:4], points[4:6], points[6:8], points[:2])
        gamma = info.get("gamma") or 1 / 2.2
        is_usual = abs(gamma - 1 / 2.2) < 0.005
        if is_usual and _is_near_srgb(space):
            return None
        curve = SRGB_CURVE if "gamma" not in info else Curve(1 / gamma)
        return write_profile(space, (curve,))
    if kind == "TIFF":
        return _from_tiff(getattr(photo, "tag_v2", {}))
    if kind == "JPEG":
        index = photo.getexif().get_ifd(_INTEROP_IFD).get(_INTEROP_INDEX, "")
        return _ADOBE_RGB if str(index).strip("\x00 ") == "R03" else None  # DCF 2.0: an Adobe RGB file
    return None


def _is_near_srgb(space: Primaries) -> bool:
    pairs = zip(
        (*space.red, *space.green, *space.blue, *space.white),
        (*SRGB_PRIMARIES.red, *SRGB_PRIMARIES.green, *SRGB_PRIMARIES.blue, *D65),
        strict=True,
    )
    return all(abs(here - there) < 0.003 for here, there in pairs)


def _from_tiff(tags: Any) -> bytes | None:
    points, table = tags.get(_CHROMATICITIES), tags.get(_TRANSFER_FUNCTION)
    if points is None and table is None:
        return None
    numbers = [float(value) for value in points or ()]
    white = tuple(float(value) for value in tags.get(_WHITE_POINT, D65))
    space = SRGB_PRIMARIES
    if len(numbers) == 6 and len(white) == 2:
        space = Primaries((numbers[0], numbers[1]), (numbers[2], numbers[3]), (numbers[4], numbers[5]), white)
    return write_profile(space, _split_table(table) or (SRGB_CURVE,))


def _split_table(table: Any) -> tuple[ToneTable, ...]:
    """One table for all channels, or three in a row; none if there are no values."""
    values = tuple(int(value) for value in table or ())
    if len(values) in {256, 65536}:
        return (ToneTable(values),)
    if len(values) in {768, 196608}:
        size = len(values) // 3
        return tuple(ToneTable(values[size * place : size * (place + 1)]) for place in range(3))
    return ()


def _find_code_points(data: bytes, kind: str) -> tuple[int, int] | None:
    """Primaries and transfer as ITU-T H.273 numbers them, from PNG's cICP or the primary picture's nclx."""
    if kind == "PNG":
        place = 8
        for _ in range(_MOST_CHUNKS):
            length, name = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
            if name in {b"IDAT", b"IEND", b""}:
                return None
            if name == b"cICP" and length >= 4:
                return data[place + 8], data[place + 9]
            place += 12 + length
        return None
    return _find_nclx(data) if kind in {"HEIF", "AVIF"} else None


def _find_nclx(data: bytes) -> tuple[int, int] | None:
    """Of the primary item where its properties can be followed, else of the first picture that has one."""
    meta = next((body for name, body in _list_boxes(data) if name == b"meta"), b"")[4:_META_BYTES]
    boxes = dict(_list_boxes(meta))
    inner = list(_list_boxes(boxes.get(b"iprp", b"")))
    properties = list(_list_boxes(next((body for name, body in inner if name == b"ipco"), b"")))
    version = boxes.get(b"pitm", b"\x00")[:1]
    primary = int.from_bytes(boxes.get(b"pitm", b"")[4 : 6 if version == b"\x00" else 8])
    used = [place for name, body in inner if name == b"ipma" for place in _list_associations(body, primary)]
    own = [properties[place - 1] for place in used if 0 < place <= len(properties)]
    for name, body in own or properties:
        if name == b"colr" and body[:4] == b"nclx" and len(body) >= 10:
            primaries, transfer = struct.unpack(">HH", body[4:8])
            return primaries, transfer
    return None


def _list_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents of ISO base media boxes, as far as they are whole."""
    place = 0
    for _ in range(_MOST_CHUNKS):
        size, name, head = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8], 8
        if len(name) < 4:
            return
        if size == 1:
            size, head = int.from_bytes(data[place + 8 : place + 16]), 16
        end = len(data) if size == 0 else place + size
        if size != 0 and size < head:
            return
        yield name, data[place + head : end]
        place = end


def _list_associations(body: bytes, item: int) -> list[int]:
    """The numbers, from 1, of an item's properties in an ItemPropertyAssociation box (ISO 23008-12, 9.3)."""
    wide_item, wide_property = body[:1] > b"\x00", bool(body[3:4] and body[3] & 1)
    place, item_size, size = 8, 4 if wide_item else 2, 2 if wide_property else 1
    for _ in range(min(int.from_bytes(body[4:8]), _MOST_CHUNKS)):
        number = int.from_bytes(body[place : place + item_size])
        count = int.from_bytes(body[place + item_size : place + item_size + 1])
        first = place + item_size + 1
        if number == item:
            mask = 0x7FFF if wide_property else 0x7F
            places = range(first, first + size * count, size)
            return [int.from_bytes(body[each : each + size]) & mask for each in places]
        place = first + size * count
    return []

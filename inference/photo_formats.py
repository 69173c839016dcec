"""The format of a file, recognised by its content; also formats that are recognised to refuse them.

Only headers are read, within bounds: the bytes may be hostile, and this runs in the bot's own process too.
"""

from collections.abc import Callable
from typing import Final

from inference.photo_errors import (
    DamagedPhotoError,
    DicomError,
    OtherFormatError,
    RawPhotoError,
    UnsupportedFormatError,
)
from inference.tiff_headers import is_raw_tiff

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
)
# Olympus, Panasonic and Leica, Fujifilm, Sigma, Minolta. CRW, CR2 and CR3 are recognised below.
_RAW_MAGIC: Final = (b"IIRO", b"IIRS", b"MMOR", b"IIU\x00", b"FUJIFILMCCD-RAW", b"FOVb", b"\x00MRM")
# JPEG XL (bare, boxed), JPEG 2000 (boxed, bare), JPEG XR, Photoshop
_OTHER_MAGIC: Final = (
    b"\xff\x0a",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"II\xbc\x01",
    b"8BPS",
)
_HEVC_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS: Final = {b"avif", b"avis"}
_HEIF_BRANDS: Final = {b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"MiHE"}
_HEADER_BYTES: Final = 1 << 16  # where the item types of a HEIF file stand
_MOST_BRANDS: Final = 64

# Value representations (DICOM PS3.5, section 6.2) whose length has four bytes, and the others
_LONG_VRS: Final = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
_SHORT_VRS: Final = {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT"} | {
    *("PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US")
}


def detect_format(data: bytes) -> str:
    """Pillow's name of the format: JPEG, PNG, WEBP, HEIF, AVIF, TIFF, BMP or GIF.

    Raises:
        DicomError, RawPhotoError, OtherFormatError: a kind of photo that is not read here.
        UnsupportedFormatError: it is not a photo.
        DamagedPhotoError: nothing but zeros.
    """
    if _is_dicom(data):
        raise DicomError
    is_canon = data[6:14] == b"HEAPCCDR" or (data[:2] in {b"II", b"MM"} and data[8:10] == b"CR")
    if data.startswith(_RAW_MAGIC) or is_canon or b"crx " in _list_brands(data) or is_raw_tiff(data):
        raise RawPhotoError
    if find_first_segment(data) is not None:
        return "JPEG"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(_OTHER_MAGIC):
        raise OtherFormatError
    if (heif := _find_heif_codec(data)) is not None:
        return heif
    if not any(data[:16]):
        raise DamagedPhotoError("the file holds no photo")
    raise UnsupportedFormatError("the file is not a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF photo")


def find_first_segment(data: bytes) -> int | None:
    """Where the first segment of a JPEG starts: 2, unless stray bytes follow the start mark.

    None if the file is not a JPEG.
    """
    if data[:2] != b"\xff\xd8":
        return None
    if data[2:3] == b"\xff":
        return 2
    for place in range(2, min(len(data) - 1, 64)):
        if data[place] == 0xFF and (data[place + 1] >= 0xC0 or data[place + 1] == 0x01):
            return place
    return None


def check_jpeg_end(data: bytes) -> None:
    """Refuse a JPEG without its end mark: the library would fill the missing part with grey.

    Bytes between two segments are skipped up to the next mark, as libjpeg does (`next_marker` in jdmarker.c).

    Raises:
        DamagedPhotoError: no scan, or no end mark behind it.
    """
    place = 2
    while (place := data.find(b"\xff", place)) >= 0:
        while data[place : place + 1] == b"\xff":  # any number of fill bytes
            place += 1
        marker = int.from_bytes(data[place : place + 1])
        place += 1
        if marker == 0xDA:  # start of scan: from here the end mark can be nothing else
            if data.find(b"\xff\xd9", place) < 0:
                raise DamagedPhotoError("the photo is incomplete")
            return
        if marker > 0x01 and not 0xD0 <= marker <= 0xD8:  # these have no length
            place += int.from_bytes(data[place : place + 2])
    raise DamagedPhotoError


def _list_brands(data: bytes) -> list[bytes]:
    """The brands that an ISO base media file names, the major one first; empty for other files."""
    if data[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(data[:4]), len(data), 16 + 4 * _MOST_BRANDS)
    return [data[8:12], *(data[place : place + 4] for place in range(16, end - 3, 4))]


def _find_heif_codec(data: bytes) -> str | None:
    brands = _list_brands(data)
    if not brands:
        return None
    for known, kind in ((_HEVC_BRANDS, "HEIF"), (_AVIF_BRANDS, "AVIF")):
        if brands[0] in known:
            return kind
    if brands[0] not in _HEIF_BRANDS and not {*brands} & (_HEVC_BRANDS | _AVIF_BRANDS):
        return None
    head = data[:_HEADER_BYTES]  # a general brand: the item types name the codec
    for item, kind in ((b"hvc1", "HEIF"), (b"av01", "AVIF")):
        if item in head:
            return kind
    raise OtherFormatError


def _is_dicom(data: bytes) -> bool:
    """DICOM with its preamble (PS3.10 section 7.1), or bare elements, as old devices write them."""
    if b"DICM" in {data[128:132], data[:4]}:
        return True
    if data[:2] in {b"\x02\x00", b"\x08\x00"}:
        return _starts_with_elements(data, "little")
    return data[:2] == b"\x00\x08" and _starts_with_elements(data, "big")


def _starts_with_elements(data: bytes, order: str, *, count: int = 3) -> bool:
    """Whether the file begins with data elements whose tags ascend and whose lengths fit."""

    def number(place: int, size: int) -> int:
        return int.from_bytes(data[place : place + size], "little" if order == "little" else "big")

    place, last = 0, -1
    for _ in range(count):
        tag = number(place, 2) << 16 | number(place + 2, 2)
        body = _find_element_body(data, place, number)
        if body is None or tag <= last or tag >> 16 > 0x20:
            return False
        place, last = body, tag
    return True


def _find_element_body(data: bytes, place: int, number: Callable[[int, int], int]) -> int | None:
    """Where the element after the one at `place` starts; None if this is not an element."""
    if place + 8 > len(data):
        return None
    vr = data[place + 4 : place + 6].decode("latin-1")
    if vr in _LONG_VRS:
        start, length = place + 12, number(place + 8, 4)
    elif vr in _SHORT_VRS:
        start, length = place + 8, number(place + 6, 2)
    else:  # implicit: no type, a length of four bytes
        start, length = place + 8, number(place + 4, 4)
    return start + length if length % 2 == 0 and start + length <= len(data) else None

"""The format is recognised by content; what is not read is named, so that the answer can say what to send."""

import io
import struct

import pytest
from PIL import Image

from inference.photo_errors import (
    DamagedPhotoError,
    DicomError,
    OtherFormatError,
    PhotoError,
    RawPhotoError,
    UnsupportedFormatError,
)
from inference.photo_formats import check_jpeg_end, detect_format
from inference.photos import read_photo

FTYP = b"\x00\x00\x00\x18ftyp"


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def draw_jpeg(**options):
    return encode(Image.linear_gradient("L").convert("RGB").resize((160, 120)), "JPEG", **options)


def split_segments(data):
    """The places between two segments of a JPEG, up to its first scan."""
    places, place = [], 2
    while data[place + 1] != 0xDA:
        places.append(place)
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return [*places, place]


def tiff(entries, *, order="<", sub=()):
    """A TIFF of one directory, with sub-directories; each a mapping from tag to one number."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"

    def directory(tags):
        rows = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
        return struct.pack(order + "H", len(tags)) + rows + struct.pack(order + "I", 0)

    body, place = b"", 8 + 6 + 12 * (len(entries) + bool(sub))
    first = dict(entries)
    if sub:
        first[330] = place
    for each in sub:
        body += directory(each)
    return mark + struct.pack(order + "I", 8) + directory(first) + body


def element(group, number, vr, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HH", group, number) + vr + struct.pack("<H", len(value)) + value


def dicom_elements():
    names = (
        element(8, 5, b"CS", b"ISO_IR 100") + element(8, 8, b"CS", b"ORIGINAL") + element(8, 0x20, b"DA", b"")
    )
    return names + element(0x10, 0x10, b"PN", b"Doe^Jane") + bytes(400)


@pytest.mark.parametrize(
    "stray", [b"\x00", b"\x00\xe1", bytes(7), b"\xff\x00\x12", b"\xff\xff\xff", b"junk" * 9]
)
@pytest.mark.parametrize("progressive", [False, True])
def test_stray_bytes_between_any_two_segments_are_skipped(stray, progressive):
    data = draw_jpeg(progressive=progressive, exif=Image.Exif().tobytes())
    clean = read_photo(data).pixels
    for place in split_segments(data):
        spoilt = data[:place] + stray + data[place:]
        assert (read_photo(spoilt).pixels == clean).all(), place


@pytest.mark.parametrize("stray", [b"", bytes(7)])
def test_a_jpeg_cut_in_any_segment_is_damaged(stray):
    data = draw_jpeg()
    for place in split_segments(data):
        with pytest.raises(DamagedPhotoError):
            check_jpeg_end(data[: place + 1] + stray)
        with pytest.raises(DamagedPhotoError):
            read_photo(data[: place + 20] + stray)


@pytest.mark.parametrize(
    "data",
    [
        tiff({50706: 0x401}),
        tiff({262: 32803}, order=">"),
        tiff({262: 2, 254: 1}, sub=[{262: 34892}]),
        tiff({254: 1, 271: 0x534F4E59}, sub=[{262: 2}]),
        tiff({259: 34713}),
        tiff({259: 32767, 271: 0x534F4E59}),
        b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(40),
        FTYP + b"crx \x00\x00\x00\x01crx isom" + bytes(40),
        b"FUJIFILMCCD-RAW 0201FF129502" + bytes(40),
        b"IIRO\x08\x00\x00\x00" + bytes(40),
        b"IIU\x00\x18\x00\x00\x00" + bytes(40),
        b"II\x1a\x00\x00\x00HEAPCCDR" + bytes(40),
    ],
)
def test_a_raw_file_is_named_as_one(data):
    with pytest.raises(RawPhotoError):
        read_photo(data)


def test_a_tiff_of_a_camera_that_cannot_be_decoded_is_a_raw_file_and_another_one_is_damaged():
    with pytest.raises(RawPhotoError):
        read_photo(tiff({256: 40, 257: 40, 271: 0x4E696B6F}))
    with pytest.raises(DamagedPhotoError):
        read_photo(tiff({256: 40, 257: 40}))


def test_a_tiff_with_the_name_of_a_camera_is_still_a_picture():
    data = encode(Image.new("RGB", (40, 30), (9, 99, 9)), "TIFF", tiffinfo={271: "Nikon"})
    assert tuple(read_photo(data).pixels[5, 5]) == (9, 99, 9)


@pytest.mark.parametrize(
    "data",
    [
        bytes(128) + b"DICM" + dicom_elements(),
        b"II*\x00" + bytes(124) + b"DICM" + dicom_elements(),  # a slide that is TIFF and DICOM at once
        b"DICM" + dicom_elements(),
        dicom_elements(),
        b"\x08\x00\x05\x00\x0a\x00\x00\x00ISO_IR 100\x08\x00\x16\x00\x02\x00\x00\x001\x00"
        b"\x08\x00\x18\x00\x02\x00\x00\x001\x00" + bytes(300),
        b"\x00\x08\x00\x05CS\x00\x0aISO_IR 100\x00\x08\x00\x16UI\x00\x021\x00\x00\x08\x00\x18UI\x00\x021\x00"
        + bytes(300),
    ],
    ids=["preamble", "tiff", "no preamble", "explicit", "implicit", "big endian"],
)
def test_dicom_is_recognised_with_and_without_its_preamble(data):
    with pytest.raises(DicomError) as caught:
        read_photo(data)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize("data", [b"\x08\x00" * 40, b"\x02\x00\x00\x00UL" + b"\xff" * 90, b"\x00\x08" * 90])
def test_bytes_that_only_begin_like_dicom_are_not(data):
    with pytest.raises(UnsupportedFormatError):
        detect_format(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\x0a" + bytes(40),
        b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(40),
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40),
        b"8BPS\x00\x01" + bytes(40),
        FTYP + b"mif1\x00\x00\x00\x00mif1unif" + bytes(40),
    ],
)
def test_other_photo_formats_are_to_be_exported(data):
    with pytest.raises(OtherFormatError):
        read_photo(data)


@pytest.mark.parametrize("major", [b"avif", b"mif1", b"msf1"])
def test_avif_is_read_whatever_its_first_brand(major):
    data = bytearray(encode(Image.new("RGB", (64, 48), (200, 90, 60)), "AVIF", quality=95))
    data[8:12] = major
    pixels = read_photo(bytes(data)).pixels
    assert pixels.shape == (48, 64, 3)
    assert abs(pixels[9, 9].astype(int) - (200, 90, 60)).max() <= 6


def test_a_video_is_not_a_photo():
    with pytest.raises(UnsupportedFormatError):
        detect_format(FTYP + b"isom\x00\x00\x02\x00isomiso2" + bytes(40))


def test_every_refusal_has_its_own_code_and_words():
    kinds = [PhotoError, *PhotoError.__subclasses__()]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({str(kind()) for kind in kinds}) == len(kinds)
    assert str(PhotoError("other words")) == "other words"

"""Why a file is not read as a photo: one error for each answer that the sender gets."""

from typing import ClassVar


class PhotoError(Exception):
    """The bytes are no photo that can be read. `code` is stable; the text holds no name and no data."""

    code: ClassVar[str] = "unreadable"


class TooManyBytesError(PhotoError):
    """The file is larger than `inference.photos.MAX_BYTES`."""

    code = "too_many_bytes"


class TooManyPixelsError(PhotoError):
    """The photo has more than `inference.photos.MAX_PIXELS`."""

    code = "too_many_pixels"


class TooLargeHereError(PhotoError):
    """Decoding the photo takes more memory or time than this machine grants."""

    code = "too_large_here"


class UnsupportedFormatError(PhotoError):
    """The file is not a photo."""

    code = "unsupported_format"


class OtherFormatError(PhotoError):
    """The file is a photo in a format that is not read here; exported as JPEG it is."""

    code = "other_format"


class RawPhotoError(PhotoError):
    """The file holds a camera's raw sensor data (DNG, CR3, NEF and others)."""

    code = "raw"


class HdrPhotoError(PhotoError):
    """The colours are coded for high dynamic range (PQ or HLG)."""

    code = "hdr"


class DicomError(PhotoError):
    """The file is DICOM. Its header names the patient, so nothing of it is read."""

    code = "dicom"


class DamagedPhotoError(PhotoError):
    """The file is cut short, altered, empty or made to break a decoder."""

    code = "damaged"

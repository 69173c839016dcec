"""Why a file is not read as a photo: one error for each answer that the sender gets."""

from typing import ClassVar


class PhotoError(Exception):
    """The bytes cannot be read as a photo. `code` is stable; the text holds no name and no data."""

    code: ClassVar[str] = "unreadable"
    usual: ClassVar[str] = "the file cannot be read"

    def __init__(self, text: str | None = None) -> None:
        """One sentence for a log or a command's output.

        Args:
            text: what is wrong; the kind's usual words if None.
        """
        super().__init__(text or self.usual)


class TooManyBytesError(PhotoError):
    """The file is larger than `inference.photos.MAX_BYTES`."""

    code = "too_many_bytes"
    usual = "the file is larger than 20 MB"


class TooManyPixelsError(PhotoError):
    """The photo has more than `inference.photos.MAX_PIXELS`."""

    code = "too_many_pixels"
    usual = "the photo has more than 64 megapixels"


class TooLargeHereError(PhotoError):
    """Decoding the photo takes more memory or time than this machine grants."""

    code = "too_large_here"
    usual = "the photo takes more memory or time than there is here"


class UnsupportedFormatError(PhotoError):
    """The file is not a photo."""

    code = "unsupported_format"
    usual = "the file is not a photo that can be read"


class OtherFormatError(PhotoError):
    """The file is a photo in a format that is not read here; exported as JPEG it is."""

    code = "other_format"
    usual = "this kind of photo is not read here: export it as JPEG"


class RawPhotoError(PhotoError):
    """The file holds a camera's raw sensor data (DNG, CR3, NEF and others)."""

    code = "raw"
    usual = "this is a camera's raw file: use the JPEG"


class HdrPhotoError(PhotoError):
    """The colours are coded for high dynamic range (PQ or HLG)."""

    code = "hdr"
    usual = "this is an HDR photo: export it as JPEG"


class DicomError(PhotoError):
    """The file is DICOM. Its header names the patient, so nothing of it is read."""

    code = "dicom"
    usual = "this is a DICOM file, which names the patient: export the picture as JPEG"


class DamagedPhotoError(PhotoError):
    """The file is cut short, altered, empty or made to break a decoder."""

    code = "damaged"
    usual = "the photo is damaged or incomplete"

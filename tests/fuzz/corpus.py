"""Hostile and odd files, drawn by a program: what is sent to a photo reader to break it."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, PngImagePlugin

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")


def draw(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    """A small picture with an edge and a gradient."""
    ramp = np.linspace(40, 220, width, dtype=np.uint8)
    pixels = np.repeat(np.repeat(ramp[None, :, None], height, 0), 3, 2).copy()
    pixels[height // 3 : height // 2, width // 3 : width // 2] = (120, 60, 50)
    return Image.fromarray(pixels).convert(mode)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG with any sides and any content."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def list_whole() -> Iterator[tuple[str, bytes]]:
    """Files that are photos, if odd ones."""
    for kind in FORMATS:
        yield f"plain {kind}", encode(draw(), kind)
    yield "progressive JPEG", encode(draw(), "JPEG", progressive=True)
    yield "CMYK JPEG", encode(draw(mode="CMYK"), "JPEG")
    yield "grey JPEG", encode(draw(mode="L"), "JPEG")
    yield "16-bit PNG", encode(Image.fromarray(np.full((50, 60), 40_000, np.uint16)), "PNG")
    yield "16-bit colour PNG", png(60, 50, zlib.compress((b"\0" + b"\x90\x10" * 180) * 50), depth=16)
    yield "16-bit TIFF", encode(Image.fromarray(np.full((50, 60), 40_000, np.uint16)), "TIFF")
    yield "palette PNG", encode(draw(mode="P"), "PNG")
    yield "one bit PNG", encode(draw(mode="1"), "PNG")
    yield "transparent PNG", encode(draw(mode="RGBA"), "PNG")
    yield "CMYK TIFF", encode(draw(mode="CMYK"), "TIFF")
    frames = [draw(40, 30) for _ in range(2_000)]
    for number, frame in enumerate(frames):
        frame.putpixel((number % 40, 0), (number % 256, 0, 0))
    yield "thousands of frames", encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "animated PNG", encode(frames[0], "PNG", save_all=True, append_images=frames[1:60])
    yield "TIFF of many pages", encode(frames[0], "TIFF", save_all=True, append_images=frames[1:300])
    yield "animated WebP", encode(draw(40, 30), "WEBP", save_all=True, append_images=frames[1:60])


def list_hostile() -> Iterator[tuple[str, bytes]]:
    """Files made to break a reader."""
    jpeg, whole_png = encode(draw(), "JPEG"), encode(draw(), "PNG")
    yield "65,535 pixels wide JPEG", jpeg.replace(struct.pack(">HH", 120, 160), b"\xff\xff\xff\xff", 1)
    yield "65,535 x 700 PNG", png(65_535, 700, zlib.compress(bytes(100)))
    yield (
        "65,535 x 65,535 GIF",
        b"GIF89a" + b"\xff" * 4 + b"\x00" * 3 + b"," + bytes(9) + b"\x02\x02L\x01\x00;",
    )
    yield "2^31 pixels a side", png(2**31 - 1, 2**31 - 1, zlib.compress(b""))
    yield "no pixels", png(0, 0, zlib.compress(b""))
    yield "PNG bomb", png(60_000, 60_000, zlib.compress(bytes(20_000_000), 9))
    yield "PNG bomb of usual size", png(1_000, 1_000, zlib.compress(bytes(60_000_000), 9))
    yield "text bomb", _png_with_text(b"x" * 60_000_000)
    yield "ICC bomb", _png_with_profile(bytes(40_000_000))
    yield "TIFF of endless directories", b"II*\x00\x08\x00\x00\x00" + b"\x00\x00\x08\x00\x00\x00" * 9
    yield (
        "BMP bomb",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 40_000, 40_000, 1, 24, 0, 0, 0, 0, 0, 0),
    )
    yield (
        "negative BMP",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, -5, -5, 1, 24, 0, 0, 0, 0, 0, 0),
    )
    for kept in (1, 3, 20, len(jpeg) // 2, len(jpeg) - 2):
        yield f"JPEG cut at {kept}", jpeg[:kept]
    yield "JPEG and archive", jpeg + b"PK\x03\x04" + bytes(64)
    yield "archive and JPEG", b"PK\x03\x04" + bytes(26) + jpeg
    yield "PDF and JPEG", b"%PDF-1.7\n" + jpeg
    yield "script and GIF", b"GIF89a/*" + b"*/=1;alert(1);//" + bytes(40)
    yield "PNG with a script", whole_png + b"<script>alert(1)</script>"
    yield "hostile EXIF", _jpeg_with_exif(b"Exif\x00\x00II*\x00" + b"\xff" * 400)
    yield (
        "EXIF that points at itself",
        _jpeg_with_exif(b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + b"\x00\x08" * 200),
    )
    yield "hostile ICC", encode(draw(), "JPEG", icc_profile=b"\xff" * 5_000)
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"
    yield "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9999 9999\n(%pipe%id) (w) file\n"
    yield "compressed SVG", gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    yield "zip bomb", _zip_bomb()
    yield "RAR", b"Rar!\x1a\x07\x01\x00" + bytes(60)
    yield "7z", b"7z\xbc\xaf\x27\x1c" + bytes(60)
    yield "HEIC cut short", b"\x00\x00\x00\x18ftypheic" + bytes(12) + b"\x00\x00\xff\xffmeta" + bytes(40)
    yield "gzip", b"\x1f\x8b\x08" + bytes(60)
    yield "video", b"\x00\x00\x00\x18ftypisom" + bytes(80)
    yield "nothing", b""
    yield "zeros", bytes(10_000)


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo.jpg", bytes(20_000_000))
    return out.getvalue()


def _png_with_text(text: bytes) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add(b"zTXt", b"Comment\x00\x00" + zlib.compress(text, 9))
    return encode(draw(), "PNG", pnginfo=info)


def _png_with_profile(profile: bytes) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add(b"iCCP", b"icc\x00\x00" + zlib.compress(profile, 9))
    return encode(draw(), "PNG", pnginfo=info)


def _jpeg_with_exif(exif: bytes) -> bytes:
    jpeg = encode(draw(), "JPEG")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]

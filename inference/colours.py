"""Any pixels to 8-bit RGB as a screen shows it: on white, by the file's colour profile. Pillow alone."""

import io

from PIL import Image

_MAX_PROFILE_BYTES = 4_000_000  # printers' profiles reach 3 MB
_SRGB_NAMES = (b"sRGB", "sRGB".encode("utf-16-be"))


def flatten(strip: Image.Image) -> Image.Image:
    """RGB on white, 8 bit a channel; CMYK as it is."""
    if strip.mode in {"RGB", "CMYK"} and not strip.has_transparency_data:
        return strip
    if strip.mode.startswith("I;16"):
        return strip.convert("I").point(lambda value: value / 257).convert("L").convert("RGB")
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    layer = strip.convert("RGBA")
    ground = Image.new("RGB", layer.size, (255, 255, 255))
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def to_srgb(photo: Image.Image, profile: object) -> Image.Image:
    """RGB as a screen shows it. A profile that cannot be used is ignored, like a missing one."""
    if not isinstance(profile, bytes) or len(profile) > _MAX_PROFILE_BYTES:
        return photo.convert("RGB")
    if any(name in profile for name in _SRGB_NAMES):
        return photo.convert("RGB")
    try:
        return _convert_colours(photo, profile)
    except Exception:  # noqa: BLE001 - hostile profiles break the library in many ways
        return photo.convert("RGB")


def _convert_colours(photo: Image.Image, profile: bytes) -> Image.Image:
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if source.profile.xcolor_space.strip() != photo.mode:
        return photo.convert("RGB")
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(photo, source, target, outputMode="RGB")
    return converted if converted is not None else photo.convert("RGB")

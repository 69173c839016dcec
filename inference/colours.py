"""Any pixels to 8-bit RGB as a screen shows it: on white, by the file's colour profile. Pillow alone."""

import functools
import io
from typing import Any, Final

from PIL import Image

_MAX_PROFILE_BYTES: Final = 4_000_000  # printers' profiles reach 3 MB
# A profile whose colours all land within so many of 255 levels of sRGB's is one of sRGB's many copies.
_SAME_LEVELS: Final = 2
_MODES: Final = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}
_PROBE_STEPS: Final = (0, 32, 64, 96, 128, 160, 192, 224, 255)
_KEPT_TRANSFORMS: Final = 8
_GREY_MODES: Final = {"1", "L", "LA", "I;16", "I;16L", "I;16B", "I;16N"}


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


def to_srgb(photo: Image.Image, profile: bytes | None, *, file_mode: str | None = None) -> Image.Image:
    """RGB as a screen shows it. A profile that cannot be used is ignored, like a missing one.

    Args:
        photo: RGB or CMYK, as `flatten` leaves it.
        profile: ICC, any version and kind; None for sRGB.
        file_mode: Pillow's mode of the photo in its file, since a grey profile fits grey pixels only.
    """
    if profile is None or len(profile) > _MAX_PROFILE_BYTES:
        return photo.convert("RGB")
    try:
        mode, transform = _open_transform(profile)
        is_grey = (file_mode or photo.mode) in _GREY_MODES
        if transform is None or mode != ("L" if is_grey else photo.mode):
            return photo.convert("RGB")
        converted: Image.Image | None = transform.apply(photo.convert(mode))
    except Exception:  # noqa: BLE001 - hostile profiles break the library in many ways
        return photo.convert("RGB")
    return photo.convert("RGB") if converted is None else converted


@functools.lru_cache(maxsize=_KEPT_TRANSFORMS)
def _open_transform(profile: bytes) -> tuple[str, Any]:
    """The pixels' mode that a profile is for, and the way to sRGB; None if it is sRGB already.

    Relative colorimetric with black point compensation: it keeps colours that both spaces have, and does not
    depend on how a profile's maker renders "perceptually".
    """
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = _MODES[source.profile.xcolor_space.strip()]
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return mode, None if mode == "RGB" and _is_srgb(transform) else transform


def _is_srgb(transform: Any) -> bool:
    """Whether no colour of a grid moves by more than `_SAME_LEVELS`."""
    steps = _PROBE_STEPS
    colours = bytes(
        value for red in steps for green in steps for blue in steps for value in (red, green, blue)
    )
    probe = Image.frombytes("RGB", (len(steps), len(steps) ** 2), colours)
    moved: bytes = transform.apply(probe).tobytes()
    return max(abs(before - after) for before, after in zip(colours, moved, strict=True)) <= _SAME_LEVELS

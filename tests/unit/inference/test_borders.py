"""What surrounds a photo is cut off; what belongs to it stays."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from inference.borders import find_content
from inference.photos import read_photo
from tests.support.drawn import draw_faint, draw_lesion, draw_skin

WIDTH, HEIGHT = 540, 1170  # half a phone's screen


@pytest.fixture(scope="module")
def lesion():
    return Image.fromarray(draw_lesion(3, size_px=300, kind="melanoma")).resize((540, 405))


@pytest.fixture(scope="module")
def dermoscopic():
    return Image.fromarray(draw_lesion(2, size_px=300, kind="naevus", frame="corners"))


def show(photo, *, ground=(0, 0, 0), place=None, width=WIDTH, height=HEIGHT, radius=0):
    """The photo on a screen of one colour; where it lies, as left, top, right, bottom."""
    screen = Image.new("RGB", (width, height), ground)
    left, top = place or ((width - photo.width) // 2, (height - photo.height) // 2)
    mask = Image.new("L", photo.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, photo.width - 1, photo.height - 1), radius, fill=255)
    screen.paste(photo, (left, top), mask)
    return screen, (left, top, left + photo.width, top + photo.height)


def write_on(screen, *, ink=(255, 255, 255)):
    """A clock and a battery above, buttons and a gesture bar below."""
    pen, font = ImageDraw.Draw(screen), ImageFont.load_default(22)
    pen.text((30, 14), "9:41", font=font, fill=ink)
    pen.text((screen.width - 110, 14), "5G 87%", font=font, fill=ink)
    pen.text((150, 66), "12 November 2026", font=font, fill=ink)
    for place in range(4):
        x = 45 + place * 125
        pen.ellipse((x, screen.height - 80, x + 35, screen.height - 45), outline=ink, width=4)
    pen.rectangle((170, screen.height - 15, 370, screen.height - 9), fill=ink)
    return screen


def pack(screen, quality=85):
    buffer = io.BytesIO()
    screen.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(buffer.getvalue())))


def assert_found(screen, expected, *, within=2, quality=85):
    box = find_content(pack(screen, quality))
    found = (box.left, box.top, box.right, box.bottom)
    assert np.abs(np.subtract(found, expected)).max() <= within, found


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (18, 18, 20), (30, 60, 120), (120, 120, 120)])
@pytest.mark.parametrize("quality", [40, 75, 95])
def test_bars_of_any_colour_with_signs_on_them_are_cut_off(lesion, ground, quality):
    screen, expected = show(lesion, ground=ground)
    ink = (20, 20, 20) if sum(ground) > 380 else (255, 255, 255)
    assert_found(write_on(screen, ink=ink), expected, quality=quality, within=6 if quality < 50 else 2)


def test_a_photo_that_is_not_in_the_middle_is_found(lesion):
    screen, expected = show(lesion, place=(0, 160))
    assert_found(write_on(screen), expected)


def test_bars_at_the_sides_are_cut_off(lesion):
    screen, expected = show(lesion.resize((360, 270)), width=900, height=420, ground=(240, 240, 244))
    assert_found(screen, expected)


def test_a_bar_on_one_side_only_is_cut_off(lesion):
    screen, expected = show(lesion, place=(0, 0), height=500)
    assert_found(screen, expected)


def test_rounded_corners_are_no_circle(lesion):
    screen, expected = show(lesion.resize((480, 360)), radius=30, ground=(250, 250, 250))
    assert_found(write_on(screen, ink=(40, 40, 40)), expected)


def test_a_strip_of_small_pictures_is_no_photo(lesion):
    screen, expected = show(lesion)
    for place in range(18):
        screen.paste(lesion.resize((29, 55)), (place * 30, HEIGHT - 165))
    assert_found(write_on(screen), expected)


def test_bars_of_two_colours_are_cut_off(lesion):
    screen, expected = show(lesion, ground=(255, 255, 255))
    ImageDraw.Draw(screen).rectangle((0, 0, WIDTH, 90), fill=(20, 90, 160))
    assert_found(screen, expected)


def test_a_frame_on_all_sides_is_cut_off(lesion):
    screen, expected = show(lesion, width=600, height=465, ground=(255, 255, 255))
    assert_found(screen, expected)


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255)])
def test_a_dermatoscopes_round_picture_on_a_screen_is_found(dermoscopic, ground):
    screen, expected = show(dermoscopic.resize((540, 540)), ground=ground)
    assert_found(write_on(screen, ink=(128, 128, 128)), expected, within=8)


@pytest.mark.parametrize("radius", [0.99, 0.8, 0.65])
@pytest.mark.parametrize("shape", [(300, 300), (600, 450)])
def test_a_dermatoscopes_black_corners_stay(radius, shape):
    pixels = np.asarray(Image.fromarray(draw_skin(1, size_px=300)).resize(shape)).copy()
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    away = np.hypot(rows - height / 2, columns - width / 2) / (max(width, height) / 2)
    pixels[away > radius] = 3
    box = find_content(pack(Image.fromarray(pixels)))
    assert box.size == (width, height)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("skin", ["light", "rosy", "medium", "dark"])
def test_plain_skin_stays(seed, skin):
    pixels = draw_skin(seed, size_px=300, skin=skin)
    assert find_content(pack(Image.fromarray(pixels))).size == (300, 300)


@pytest.mark.parametrize("seed", range(3))
def test_smooth_skin_with_a_ruler_stays(seed):
    smooth = Image.new("RGB", (320, 300), (190, 175, 165))
    pen = ImageDraw.Draw(smooth)
    pen.ellipse((120, 60, 200, 150), fill=(110, 70, 55))
    pen.line((30, 220 + seed, 290, 220 + seed), fill=(40, 40, 40), width=2)
    for x in range(30, 290, 10):
        pen.line((x, 220, x, 230), fill=(40, 40, 40))
    assert find_content(pack(smooth)).size == (320, 300)


@pytest.fixture(scope="module")
def pale_lesions():
    return [draw_faint(1, 0.35), draw_faint(1, 0.25)]


@pytest.mark.parametrize("quality", [50, 75, 90])
@pytest.mark.parametrize("turns", range(4))
def test_a_pale_lesion_on_smooth_skin_is_not_cut_through(pale_lesions, turns, quality):
    """Blurred skin is nearly as even as a bar, and a lesion's side nearly as straight as a photo's."""
    for drawing in pale_lesions:
        assert_found(Image.fromarray(np.rot90(drawing, turns)), (0, 0, 600, 600), within=0, quality=quality)


def test_one_colour_all_over_stays():
    assert find_content(np.full((200, 300, 3), 77, np.uint8)).size == (300, 200)


def test_two_photos_with_a_bar_between_them_both_stay(lesion, dermoscopic):
    both = Image.new("RGB", (540, 900), (255, 255, 255))
    both.paste(lesion, (0, 0))
    both.paste(dermoscopic.resize((540, 445)), (0, 455))
    assert find_content(pack(both)).size == (540, 900)


def test_a_read_photo_has_no_borders_and_the_size_of_what_is_left(lesion):
    photo = lesion.resize((1080, 810))
    screen, _ = show(photo, width=1080, height=2350)
    buffer = io.BytesIO()
    screen.save(buffer, "PNG")
    read = read_photo(buffer.getvalue())
    assert (read.width_px, read.height_px) == (1080, 810)
    assert read.pixels.shape == (405, 540, 3)
    assert np.abs(read.pixels.astype(int) - np.asarray(photo.reduce(2))).max() <= 2

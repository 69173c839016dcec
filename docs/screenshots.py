"""Draws the documentation's pictures: cards and pages as the product makes them of drawn lesions.

`make screenshots` runs it. Lesions are drawn until each level has one; the networks decide which.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conversation.gp import Gp, photo  # noqa: E402 - found through the path above
from tests.support.drawn import Rgb, blur, draw_faint, draw_lesion, jpeg_bytes  # noqa: E402
from tests.support.product import Product  # noqa: E402

IMAGES = ROOT / "docs" / "images"
NEVUS = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]
CHROMIUM = "/usr/bin/chromium"
LEVELS = ("high", "moderate", "low", "not_assessable")
CARD_WIDTH_PX = 512
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1180, "height": 1000}, "device_scale_factor": 1}


def main() -> None:
    """Write every picture."""
    require_emoji_font()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = choose_lesions(folder)
        for level, (_, card) in chosen.items():
            save_small(
                Image.open(card), IMAGES / f"card-{level.replace('_', '-')}.jpg", width_px=CARD_WIDTH_PX
            )
        product = Product(folder / "var", ROOT / "models" / "released")
        product.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                photograph_pages(browser, product, {level: lesion for level, (lesion, _) in chosen.items()})
                browser.close()
        finally:
            product.stop()


def require_emoji_font() -> None:
    """Stop where the browser would draw a box for each emoji."""
    fonts = subprocess.run(
        ["/usr/bin/fc-list", ":charset=1f534"], check=True, capture_output=True, text=True
    ).stdout
    if not fonts:
        raise SystemExit("No font has emoji: run .ci/install-tools, or install fonts-noto-color-emoji.")


def choose_lesions(folder: Path) -> dict[str, tuple[bytes, Path]]:
    """A drawn lesion and its card for each level, as the released networks see them."""
    photos = {folder / f"{number}.jpg": jpeg_bytes(drawing) for number, drawing in enumerate(draw_lesions())}
    for path, data in photos.items():
        path.write_bytes(data)
    command = [*NEVUS, "triage", "--json", "--card", str(folder / "cards"), *map(str, photos)]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    cards = sorted((folder / "cards").iterdir())
    chosen: dict[str, tuple[bytes, Path]] = {}
    for line, card in zip(map(json.loads, lines), cards, strict=True):
        chosen.setdefault(line["level"], (photos[Path(line["photo"])], card))
    missing = set(LEVELS) - set(chosen)
    if missing:
        raise SystemExit(
            f"No drawn lesion is {', '.join(sorted(missing))}: draw others in docs/screenshots.py."
        )
    return chosen


def draw_lesions() -> list[Rgb]:
    """Lesions of both kinds, faint ones, and one out of focus."""
    drawings = [blur(draw_lesion(2), radius_px=12)]
    drawings += [draw_faint(seed, strength) for seed in (0, 1, 2, 6, 38) for strength in (0.55, 0.45, 0.3)]
    for seed in (1, 3, 4, 5, 6, 7, 8, 9):
        drawings.append(draw_lesion(seed, kind="melanoma", skin="light"))
        drawings += [draw_lesion(seed, kind="naevus", skin=skin) for skin in ("rosy", "light", "medium")]
    return drawings


def photograph_pages(browser: Browser, product: Product, lesions: dict[str, bytes]) -> None:
    """The chat page after an answer: on a desktop in English, on a phone in French in the dark."""
    gp = arrive(browser, product, "Dr Taylor", "en", **DESKTOP)
    converse(gp, ("Start", "I accept", "Now send me a photo"), lesions["high"])
    shoot(gp.page, "page-desktop")
    gp = arrive(browser, product, "Dr Martin", "fr", locale="fr-FR", color_scheme="dark", **PHONE)
    converse(gp, ("Démarrer", "accepte", "Envoyez-moi maintenant une photo"), lesions["low"])
    shoot(gp.page, "page-phone")


def arrive(browser: Browser, product: Product, name: str, language_code: str, **options: Any) -> Gp:
    """One of the people at a new window."""
    page = browser.new_context(reduced_motion="reduce", **options).new_page()
    people = product.ask("GET", "/api/state")["people"]
    gp = Gp(page, next(person["id"] for person in people if person["first_name"] == name))
    product.ask("PATCH", f"/api/people/{gp.person}", language_code=language_code)
    gp.open(product.link)
    return gp


def converse(gp: Gp, words: tuple[str, str, str], lesion: bytes) -> None:
    """Start, accept, send, wait for the card."""
    start, accept, ready = words
    gp.start(start)
    gp.press(accept)
    gp.expect_text(ready)
    gp.send(photo(lesion))
    card = gp.expect_card()
    expect(card.get_by_test_id("inline-button").first).to_be_visible()
    card.evaluate("element => element.scrollIntoView({block: 'start'})")
    gp.page.wait_for_timeout(400)


def shoot(page: Page, name: str) -> None:
    """Keep the page as a small JPEG."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.screenshot(path=file.name)
        save_small(Image.open(file.name), IMAGES / f"{name}.jpg", width_px=1180)


def save_small(image: Image.Image, path: Path, *, width_px: int) -> None:
    """Shrink to a width and save as JPEG."""
    height_px = round(image.height * min(1, width_px / image.width))
    small = image.convert("RGB").resize((min(width_px, image.width), height_px), Image.Resampling.LANCZOS)
    small.save(path, "JPEG", quality=84, optimize=True)
    print(f"{path.relative_to(ROOT)}: {small.width}x{small.height}, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()

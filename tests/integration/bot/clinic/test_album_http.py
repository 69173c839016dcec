"""The album over real HTTP: posted, refused and posted singly, deleted with the request."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.bot.clinic.test_referral_http import labels, told
from tests.support.clinics import open_clinic
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.served import LESION, SKIN, Served, serve

LARGE = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=1_200))


@pytest.fixture
async def served(tmp_path: Path):
    async with serve(tmp_path, "polling") as served:
        yield served


async def send_with_locator(served: Served, gp: int) -> dict[str, Any]:
    """From an album of two photos to the sent request; the sender's message about it."""
    side = served.side
    answer = await served.send(gp, ("photo", "one.jpg", LARGE), ("photo", "two.jpg", LESION))
    await side.press(gp, answer["id"], "🩺 Ask the clinic")
    form = await served.next(gp, after=answer["id"], words="Ask the clinic about")
    shown = form
    while "Exactly this" not in told(shown):  # one question after the other
        await side.press(gp, form["id"], "Not said")
        before = told(shown)
        shown = await served.see(gp, lambda m, before=before: m["id"] == form["id"] and told(m) != before)
    await side.press(gp, form["id"], "📍 Add locator photo")
    await served.see(gp, lambda m: m["id"] == form["id"] and "from afar" in told(m))
    await side.send_files(gp, ("photo", "afar.jpg", SKIN), reply_to=form["id"])
    await served.see(gp, lambda m: "did not read it" in told(m))
    await served.see(gp, lambda m: m["id"] == form["id"] and "the locator photo follow" in told(m))
    await side.press(gp, form["id"], "✅ The patient agreed: send")
    return await served.see(gp, lambda m: m["id"] == form["id"] and "was sent to" in told(m))


async def photos_in(served: Served, person: int, chat: int) -> list[dict[str, Any]]:
    """The photos of the bot there, the card not counted, that are not deleted."""
    return [
        each
        for each in await served.side.messages(person, chat=chat, limit=50)
        if each["from"]["is_bot"] and each["photo"] and not each["keyboard"] and not each["deleted"]
    ]


@pytest.mark.parametrize("is_refused", [False, True])
async def test_the_photos_follow_the_card_and_go_with_the_request(served: Served, *, is_refused: bool):
    side = served.side
    clinic = await open_clinic(served)
    gp, leroy = await side.person("Dr Taylor"), await side.person("Dr Leroy")
    await served.accept(gp)
    if is_refused:
        description = "Bad Request: IMAGE_PROCESS_FAILED"
        await side.order_fault(method="sendMediaGroup", kind="400", description=description)
    sent = await send_with_locator(served, gp)
    await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)
    await served.see(leroy, lambda m: "2 photos at full size" in told(m), chat=clinic)
    photos = await photos_in(served, leroy, clinic)
    while len(photos) < 3:  # singly they come one after the other
        last = photos[-1]["id"]
        await served.see(leroy, lambda m, last=last: m["id"] > last and bool(m["photo"]), chat=clinic)
        photos = await photos_in(served, leroy, clinic)
    assert len(photos) == 3
    assert max(photos[0]["photo"]["width"], photos[0]["photo"]["height"]) == 1_200, "full size"
    for each in photos:
        assert b"Exif" not in await side.file(leroy, each["photo"]["file_id"])
    await side.press(gp, sent["id"], "↩ Withdraw the request")
    await served.see(gp, lambda m: m["id"] == sent["id"] and "Yes, withdraw it" in labels(m))
    await side.press(gp, sent["id"], "Yes, withdraw it")
    await served.see(gp, lambda m: m["id"] == sent["id"] and "withdrawn" in told(m))
    last = photos[-1]["id"]
    await served.see(leroy, lambda m: m["id"] == last and m["deleted"], chat=clinic)
    assert [m["id"] for m in await photos_in(served, leroy, clinic) if "withdrawn" not in told(m)] == []

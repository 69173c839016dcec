"""Several lesions on one photo over HTTP, found by real (tiny) networks."""

from pathlib import Path

import pytest

from tests.support.drawn import draw_spots, jpeg_bytes
from tests.support.served import serve


@pytest.mark.parametrize("source", ["polling", "webhook"])
async def test_a_practitioner_picks_one_of_two_lesions(tmp_path: Path, source):
    async with serve(tmp_path, source, finder=True) as served:
        gp = await served.side.person("Dr Taylor")
        await served.accept(gp)
        photo = jpeg_bytes(draw_spots((300, 230, 55, 110), (110, 90, 45, 50), size=(600, 450)), quality=95)
        card = await served.send(gp, ("photo", "two.jpg", photo))
        assert "HIGH RISK" in card["caption"]
        assert "2 lesions found: number 2 sets the level" in card["caption"]
        assert card["photo"]
        await served.side.press(gp, card["id"], "Lesion 1")
        picked = await served.next(gp, after=card["id"], words="Lesion 1 of 2")
        assert picked["caption"].startswith("⚠️ Lesion 2 on the same photo is rated higher")
        assert picked["photo"] != card["photo"]
        labels = [button["text"] for row in picked["keyboard"] for button in row]
        assert "Details" in labels
        assert "Lesion 1" not in labels
        await served.side.press(gp, picked["id"], "Details")
        details = await served.next(gp, after=picked["id"], words="Why this level")
        told = await served.bot_messages(gp)
        maps = [m for m in told if m["photo"] and picked["id"] < m["id"] < details["id"]]
        assert len(maps) == 2, "a map of each network"
        first = [m for m in told if m["id"] == card["id"]]
        assert first[0]["caption"] == card["caption"], "the first answer stays"

"""The checklist and the sender's record over HTTP: every message that shows a level changes along."""

from pathlib import Path

import pytest

from tests.support.served import LESION, SKIN, Served, serve


@pytest.fixture
async def served(tmp_path: Path):
    async with serve(tmp_path, "polling") as served:
        yield served


def labels(message) -> list[str]:
    return [button["text"] for row in message["keyboard"] or [] for button in row]


async def test_a_practitioner_answers_the_checklist_follows_writes_exports_and_is_forgotten(served: Served):
    side = served.side
    gp = await side.person("Dr Taylor")
    await served.accept(gp)
    card = await served.send(gp, ("photo", "skin.jpg", SKIN))
    assert "LOW RISK" in card["caption"]
    assert "Not valid for" in card["caption"]
    number = card["caption"].split("· ")[1].split()[0]
    before = card["photo"]

    await side.press(gp, card["id"], "Details")
    details = await served.next(gp, after=card["id"], words="Why this level")
    await side.press(gp, card["id"], "☑ 7-point checklist")
    await served.see(gp, lambda m: m["id"] == card["id"] and "Change in size · 2" in labels(m))
    await side.press(gp, card["id"], "Change in size · 2")
    await served.see(gp, lambda m: m["id"] == card["id"] and "✅ Change in size · 2" in labels(m))
    await side.press(gp, card["id"], "Oozing · 1")
    high = await served.see(gp, lambda m: m["id"] == card["id"] and "HIGH RISK" in (m["caption"] or ""))
    assert high["photo"] != before, "the picture is drawn anew"
    assert "7-point checklist: 3 of 10." in high["caption"]
    along = await served.see(gp, lambda m: m["id"] == details["id"] and "checklist 3/10" in m["text"])
    assert "• 7-point checklist: 3 of 10." in along["text"]
    await side.press(gp, card["id"], "✓ Done")
    await served.see(gp, lambda m: m["id"] == card["id"] and "Details" in labels(m))

    stale = [m for m in await served.bot_messages(gp) if "LOW RISK" in (m["text"] or m["caption"] or "")]
    assert not stale, "no message keeps an old level"

    await side.press(gp, card["id"], "📌 Follow")
    offer = await served.next(gp, after=details["id"], words="which lesion")
    await side.press(gp, offer["id"], "➕ A lesion that I have not followed")
    page = await served.see(gp, lambda m: m["id"] == offer["id"] and "Followed since" in m["text"])
    await side.press(gp, page["id"], "📈 Timeline")
    chart = await served.see(gp, lambda m: "1 case so far" in (m["caption"] or ""))
    assert chart["photo"]
    await side.press(gp, page["id"], "⏰ Remind me")
    ask = await served.next(gp, after=chart["id"], words="shall I ask you")
    await side.press(gp, ask["id"], "3 months")
    await served.see(gp, lambda m: m["id"] == ask["id"] and "Was the patient referred?" in m["text"])
    await side.press(gp, ask["id"], "✅ Referred: remind me")
    await served.see(gp, lambda m: m["id"] == ask["id"] and "I will ask you" in m["text"])

    history = await served.say(gp, "/history")
    assert "high" in history["text"]
    assert "7-point checklist 3/10" in history["text"]
    letter = await served.say(gp, f"/letter {number}")
    assert letter["document"]
    await side.press(gp, letter["id"], "In French")
    await served.see(gp, lambda m: m["id"] > letter["id"] and m["document"])
    assert (await served.say(gp, "/export"))["document"]

    forget = await served.say(gp, "/forget")
    await side.press(gp, forget["id"], "🗑 Yes, forget me")
    await served.see(gp, lambda m: m["id"] == forget["id"] and "I have forgotten you" in m["text"])
    assert "No case yet" in (await served.say(gp, "/history"))["text"]
    await side.press(gp, card["id"], "Details")


async def test_cases_that_were_split_are_edited_along_in_their_list(served: Served):
    side = served.side
    gp = await side.person("Dr Taylor")
    await served.accept(gp)
    album = await served.send(gp, ("photo", "a.jpg", SKIN), ("photo", "b.jpg", LESION))
    await side.press(gp, album["id"], "Different moles")
    split = await served.next(gp, after=album["id"], words="Different moles")
    assert split["text"].count("🔵 low") == 1
    low = split["text"].split("🔵 low")[0].splitlines()[-1].split(",")[0]
    await side.press(gp, split["id"], low)
    details = await served.next(gp, after=split["id"], words="Why this level")
    await side.press(gp, details["id"], "☑ 7-point checklist")
    await served.see(gp, lambda m: m["id"] == details["id"] and "🚩 Nodule" in labels(m))
    await side.press(gp, details["id"], "🚩 Nodule")
    await served.see(gp, lambda m: m["id"] == split["id"] and "🔵 low" not in m["text"])

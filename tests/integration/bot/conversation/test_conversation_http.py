"""What a practitioner does, by long polling and by webhook: real HTTP, real product, tiny networks."""

import asyncio
from pathlib import Path

import pytest

from bot.texts import Texts
from tests.support.served import DAMAGED, LESION, MUG, PATIENCE_S, SKIN, Served, serve

TEXTS = Texts.load()

# Upper bounds for machines that are busy with other things; nothing here waits without need.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["polling", "webhook"])
async def served(request: pytest.FixtureRequest, tmp_path: Path):
    async with serve(tmp_path, request.param) as served:
        yield served


def labels(message) -> list[str]:
    return [button["text"] for row in message["keyboard"] or [] for button in row]


async def test_a_practitioner_starts_sends_photos_presses_buttons_and_reads_the_history(served: Served):
    side = served.side
    gp = await side.person("Dr Taylor")

    terms = await served.start(gp)
    assert labels(terms) == ["✅ I accept", "Français"]
    held = await side.send_files(gp, ("photo", "mole.jpg", LESION))
    asked = await served.next(gp, after=held[0]["id"], words="I have not opened it")
    assert "✅ I accept" in labels(asked)

    await side.press(gp, terms["id"], "✅ I accept")
    first = await served.see(gp, lambda m: "HIGH RISK" in (m["caption"] or ""))
    assert first["reply_to"] == held[0]["id"]
    assert first["photo"]
    assert not [m for m in await served.bot_messages(gp) if (m["text"] or "").startswith("🔎")]

    as_file = await served.send(gp, ("document", "skin.bin", SKIN))
    assert "LOW RISK" in as_file["caption"]
    gated = await served.send(gp, ("photo", "mug.jpg", MUG))
    assert "NOT ASSESSABLE" in gated["caption"]
    assert "Refer now" in gated["caption"]
    broken = await served.send(gp, ("document", "broken.jpg", DAMAGED))
    assert "damaged" in broken["text"]
    note = await served.send(gp, ("document", "notes.txt", b"nothing to see"))
    assert "not a photo that I can read" in note["text"]
    assert "photos, not messages" in (await served.say(gp, "is it serious?"))["text"]

    album = await served.send(
        gp, ("photo", "a.jpg", SKIN), ("photo", "b.jpg", LESION), ("photo", "c.jpg", MUG)
    )
    assert "HIGH RISK" in album["caption"]
    assert "Not read: photo 3 (no lesion found)." in album["caption"]
    await side.press(gp, album["id"], "Details")
    details = await served.next(gp, after=album["id"], words="Why this level")
    await side.press(gp, album["id"], "Different moles")
    split = await served.next(gp, after=details["id"], words="Different moles")
    assert len(labels(split)) == 3
    edited = next(m for m in await side.messages(gp, limit=200) if m["id"] == album["id"])
    assert "was split" in edited["caption"]
    assert edited["photo"]
    assert not edited["keyboard"]

    history = await served.say(gp, "/history")
    assert "Your 6 cases" in history["text"]
    await side.press(gp, history["id"], "Older ›")
    await served.see(gp, lambda m: m["id"] == history["id"] and "« Newest" in labels(m))
    page = next(m for m in await side.messages(gp, limit=200) if m["id"] == history["id"])
    await side.press(gp, history["id"], labels(page)[0])
    await served.see(gp, lambda m: m["id"] == history["id"] and "‹ Back to the list" in labels(m))


async def test_a_french_practitioner_is_answered_in_french_until_they_choose_english(served: Served):
    side = served.side
    gp = await side.person("Dr Martin")
    await served.accept(gp, "✅ J’accepte")
    answer = await served.send(gp, ("photo", "mole.jpg", LESION))
    assert "RISQUE ÉLEVÉ" in answer["caption"]
    assert "avis dermatologique très rapide" in answer["caption"]
    seen = await side.bot_as_seen(gp)
    assert "Vos cas" in [command["description"] for command in seen["commands"]]

    question = await served.say(gp, "/language")
    await side.press(gp, question["id"], "English")
    await served.see(gp, lambda m: m["id"] == question["id"] and "in English from now on" in m["text"])
    seen = await side.bot_as_seen(gp)
    assert "Your cases" in [command["description"] for command in seen["commands"]]
    assert "HIGH RISK" in (await served.send(gp, ("photo", "mole.jpg", LESION)))["caption"]


async def test_an_edited_caption_makes_no_second_answer(served: Served):
    gp = await served.side.person("Dr Taylor")
    await served.accept(gp)
    await served.send(gp, ("photo", "mole.jpg", LESION), caption="left arm")
    sent = next(m for m in await served.side.messages(gp, limit=200) if m["caption"] == "left arm")
    await served.side.edit(gp, sent["id"], caption="right arm")
    assert "Your case" in (await served.say(gp, "/history"))["text"]
    assert len([m for m in await served.bot_messages(gp) if m["photo"]]) == 1


async def test_another_persons_case_is_not_found_and_groups_are_shown_the_way(served: Served):
    side = served.side
    gp, leroy = await side.person("Dr Taylor"), await side.person("Dr Leroy")
    await served.accept(gp)
    await served.send(gp, ("photo", "mole.jpg", LESION))
    await side.send(leroy, start="")
    await served.next(leroy, after=0)
    assert (await served.say(leroy, "/history"))["text"].startswith(("Aucun cas", "No case yet"))

    group = (await side.chat(leroy, "Clinic dermatology"))["id"]
    bot = (await side.state())["bot"]
    await side.set_member(group, leroy, bot["id"], "member")
    await side.send(leroy, group, text=f"/history@{bot['username']}")
    await served.see(
        leroy,
        lambda m: bool(m["keyboard"]) and m["keyboard"][0][0]["kind"] == "url",
        chat=group,
    )


async def test_forgetting_empties_the_history(served: Served):
    side = served.side
    gp = await side.person("Dr Taylor")
    await served.accept(gp)
    await served.send(gp, ("photo", "mole.jpg", LESION))
    asked = await served.say(gp, "/forget")
    await side.press(gp, asked["id"], "🗑 Yes, forget me")
    await served.see(gp, lambda m: m["id"] == asked["id"] and "I have forgotten you" in m["text"])
    assert "No case yet" in (await served.say(gp, "/history"))["text"]
    held = await side.send_files(gp, ("photo", "mole.jpg", LESION))
    assert "I have not opened it" in (await served.next(gp, after=held[0]["id"]))["text"]


@pytest.mark.parametrize("language", TEXTS.languages)
async def test_menus_and_descriptions_are_published_in_each_language(tmp_path: Path, language: str):
    async with serve(tmp_path, "polling") as served:
        person = await served.side.add_person("Someone", language_code=language)
        await served.start(person)
        wanted = TEXTS.get(language, "menu-history")
        # Nothing waits for the menus, one call after another: the short description comes last.
        async with asyncio.timeout(PATIENCE_S):
            last = TEXTS.get(language, "menu-short-description")
            while (seen := await served.side.bot_as_seen(person))["short_description"] != last:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert wanted in [command["description"] for command in seen["commands"]]

"""Who is let in, who is not, and what they are told: real HTTP, real product, tiny networks."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.served import LESION, Served, serve

pytestmark = pytest.mark.timeout(300)

GROUP, CHANNEL = "Clinic dermatology", "Clinic channel"


@pytest.fixture
async def clinic(tmp_path: Path):
    """A product for invited senders; Dr Leroy is admin and speaks French."""
    async with serve(tmp_path, "polling", admins=("Dr Leroy",), NEVUS_ACCESS="clinic") as served:
        yield served


async def link_group(served: Served, title: str = GROUP) -> int:
    """Dr Leroy links a chat from private chat; its id."""
    leroy = await served.side.person("Dr Leroy")
    asked = await served.say(leroy, "/link")
    request = [key["request_id"] for row in asked["reply_keyboard"] for key in row]
    shared = (await served.side.chat(leroy, title))["id"]
    chosen = request[1] if title == CHANNEL else request[0]
    await served.side.share_chat(leroy, asked["id"], chosen, shared)
    await served.see(leroy, lambda m: "est liée." in (m["text"] or "") and m["id"] > asked["id"])
    return int(shared)


async def invite(served: Served, label: str = "Quelqu’un qui envoie des photos") -> str:
    """Dr Leroy makes an invitation; its start parameter."""
    leroy = await served.side.person("Dr Leroy")
    asked = await served.say(leroy, "/invite")
    await served.side.press(leroy, asked["id"], label)
    made = await served.see(leroy, lambda m: m["id"] == asked["id"] and "?start=" in m["text"])
    link = re.search(r"\?start=(inv_[\w-]{32})", made["text"])
    assert link
    return link[1]


async def enter(served: Served, person: int, token: str) -> dict[str, Any]:
    """Open an invitation; the first words that come back."""
    before = await served.side.messages(person, limit=200)
    await served.side.send(person, start=token)
    return await served.next(person, after=before[-1]["id"] if before else 0)


async def test_an_outsiders_photo_is_neither_opened_nor_held(clinic: Served):
    side = clinic.side
    outsider = await side.person("Dr Taylor")
    told = await clinic.start(outsider)
    assert "for invited clinicians only" in told["text"]
    assert not told["keyboard"]
    answer = await clinic.send(outsider, ("photo", "mole.jpg", LESION))
    assert "for invited clinicians only" in answer["text"]
    assert "getFile" not in clinic.judge.methods
    for command in ("/invite", "/members", "/link", "/stats"):
        assert (await clinic.say(outsider, command))["text"].startswith("I do not know")


async def test_an_invited_sender_accepts_the_terms_and_gets_an_answer(clinic: Served):
    side = clinic.side
    gp = await side.person("Dr Taylor")
    await link_group(clinic)
    welcome = await enter(clinic, gp, await invite(clinic))
    assert GROUP in welcome["text"]
    terms = await clinic.see(gp, lambda m: bool(m["keyboard"]))
    await side.press(gp, terms["id"], "✅ I accept")
    card = await clinic.send(gp, ("photo", "mole.jpg", LESION))
    assert "HIGH RISK" in card["caption"]


async def test_an_invitation_works_once_and_of_two_at_once_for_one(clinic: Served):
    side = clinic.side
    await link_group(clinic)
    token = await invite(clinic)
    people = [await side.person("Dr Taylor"), await side.person("Dr Martin")]
    told = [each["text"] for each in await asyncio.gather(*(enter(clinic, one, token) for one in people))]
    assert sum(GROUP in text for text in told) == 1, told
    assert sum("cannot be used" in text or "ne peut pas" in text for text in told) == 1
    late = await side.add_person("Someone", language_code="en")
    assert "cannot be used" in (await enter(clinic, late, token))["text"]
    assert "cannot be used" in (await enter(clinic, late, "inv_" + "A" * 32))["text"]


async def test_a_removed_member_is_an_outsider_again(clinic: Served):
    side = clinic.side
    gp, leroy = await side.person("Dr Taylor"), await side.person("Dr Leroy")
    await link_group(clinic)
    await enter(clinic, gp, await invite(clinic))
    terms = await clinic.see(gp, lambda m: bool(m["keyboard"]))
    await side.press(gp, terms["id"], "✅ I accept")

    listed = await clinic.say(leroy, "/members")
    assert "Dr Taylor" not in listed["text"]
    (button,) = listed["keyboard"][0]
    await side.press(leroy, listed["id"], button["text"])
    await clinic.see(leroy, lambda m: m["id"] == listed["id"] and m["text"].startswith("Retirer"))
    await side.press(leroy, listed["id"], "Oui, retirer")
    await clinic.see(leroy, lambda m: m["id"] == listed["id"] and "a été retiré" in m["text"])

    answer = await clinic.send(gp, ("photo", "mole.jpg", LESION))
    assert "for invited clinicians only" in answer["text"]
    assert "getFile" not in clinic.judge.methods


async def test_a_channel_is_linked_with_the_rights_that_it_needs(clinic: Served):
    side = clinic.side
    leroy = await side.person("Dr Leroy")
    channel = await link_group(clinic, CHANNEL)
    bot_id = (await side.state())["bot"]["id"]
    await clinic.see(leroy, lambda m: "lié à Nevus" in (m["text"] or ""), chat=channel)
    members = (await side.call("GET", f"/api/groups/{channel}/members"))["members"]
    rights = next(each["rights"] for each in members if each["user_id"] == bot_id)
    assert {name for name, given in rights.items() if given} == {
        "can_manage_chat",
        "can_post_messages",
        "can_edit_messages",
    }


async def test_adding_the_bot_asks_its_admin_and_throwing_it_out_tells_them(clinic: Served):
    side = clinic.side
    leroy = await side.person("Dr Leroy")
    await clinic.start(leroy)
    bot_id = (await side.state())["bot"]["id"]
    group = (await side.chat(leroy, GROUP))["id"]
    await side.set_member(group, leroy, bot_id, "member")
    told = await clinic.see(leroy, lambda m: "Je ne suis pas administrateur" in (m["text"] or ""))
    assert GROUP in told["text"]
    await side.set_member(group, leroy, bot_id, "administrator")
    asked = await clinic.see(leroy, lambda m: "Est-ce une équipe" in (m["text"] or ""))
    await side.press(leroy, asked["id"], "Lier")
    await clinic.see(leroy, lambda m: "est liée." in (m["text"] or ""))
    await clinic.see(leroy, lambda m: "lié à Nevus" in (m["text"] or ""), chat=group)

    await side.set_member(group, leroy, bot_id, "kicked")
    lost = await clinic.see(leroy, lambda m: "Je ne peux plus publier" in (m["text"] or ""))
    assert GROUP in lost["text"]
    assert "Aucune équipe" in (await clinic.say(leroy, "/invite"))["text"]


async def test_a_strangers_group_learns_nothing(clinic: Served):
    side = clinic.side
    taylor = await side.person("Dr Taylor")
    bot = (await side.state())["bot"]
    group = await side.add_group("Elsewhere", "supergroup", taylor)
    await side.set_member(group, taylor, bot["id"], "administrator")
    await side.send(taylor, group, text=f"/members@{bot['username']}")
    told = await clinic.see(taylor, lambda m: bool(m["from"]) and m["from"]["is_bot"], chat=group)
    assert told["text"].startswith("I work in private chat")
    await side.send(taylor, group, text="between ourselves")
    listed = await clinic.say(await side.person("Dr Leroy"), "/members")
    assert "Elsewhere" not in listed["text"]


async def test_an_anonymous_admin_is_asked_for_a_name(clinic: Served):
    side = clinic.side
    leroy = await side.person("Dr Leroy")
    group = await link_group(clinic)
    bot = (await side.state())["bot"]
    martin = await side.person("Dr Martin")
    await side.set_member(group, leroy, martin, "member")
    await side.set_member(group, leroy, martin, "administrator", anonymous=True)
    await side.send(martin, group, text=f"/help@{bot['username']}")
    told = await clinic.see(
        leroy, lambda m: "Remain anonymous" in (m["text"] or "") or "anonyme" in (m["text"] or ""), chat=group
    )
    assert told["from"]["is_bot"]


async def test_a_group_that_becomes_a_supergroup_stays_the_clinic(tmp_path: Path):
    async with serve(tmp_path, "polling", admins=("Dr Leroy",)) as served:
        side = served.side
        leroy = await side.person("Dr Leroy")
        await served.start(leroy)
        bot_id = (await side.state())["bot"]["id"]
        old = await side.add_group("Small clinic", "group", leroy)
        await side.set_member(old, leroy, bot_id, "administrator")
        asked = await served.see(leroy, lambda m: "Est-ce une équipe" in (m["text"] or ""))
        await side.press(leroy, asked["id"], "Lier")
        await served.see(leroy, lambda m: "est liée." in (m["text"] or ""))
        new = await side.migrate(old)
        await side.set_member(new, leroy, bot_id, "kicked")
        lost = await served.see(leroy, lambda m: "Je ne peux plus publier" in (m["text"] or ""))
        assert "Small clinic" in lost["text"]


async def test_admins_alone_see_the_admins_commands(clinic: Served):
    side = clinic.side
    leroy, taylor = await side.person("Dr Leroy"), await side.person("Dr Taylor")
    await clinic.start(leroy)
    async with asyncio.timeout(60):
        while not names_of(await side.bot_as_seen(leroy)) >= {"invite", "link", "members"}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert not names_of(await side.bot_as_seen(taylor)) & {"invite", "link", "members", "stats"}


def names_of(bot: dict[str, Any]) -> set[str]:
    return {command["command"] for command in bot["commands"]}


async def test_a_group_gets_the_clinics_commands_when_it_is_linked(clinic: Served):
    group, leroy = await link_group(clinic), await clinic.side.person("Dr Leroy")
    async with asyncio.timeout(60):
        while "open" not in str((await clinic.side.bot_as_seen(leroy, group))["commands"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

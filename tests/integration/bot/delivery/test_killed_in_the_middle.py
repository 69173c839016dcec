"""Killed in the middle of every flow and started again, each goes on where it was."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.clinic_play import Actors, Message, labels, told
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.product import NO_LIMITS, Product
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.timeout(400)

LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
URGENT = "🔴 Urgent: suspected cancer pathway"
BELOW = "⚠️ Below high. Yes: No suspicious feature on this photo"


@dataclass
class Play(Actors):
    """The two, and a product that is killed again and again."""

    kills: int = 0
    answer: Message = field(default_factory=dict)

    async def kill(self) -> None:
        """SIGKILL, and a new process on the same state."""
        self.product.kill()
        await asyncio.to_thread(self.product.start)
        await self.side.__aexit__()
        self.side = open_side(self.product)
        self.kills += 1


def open_side(product: Product) -> PersonSide:
    address, _, key = product.link.partition("/?key=")
    return PersonSide(address, key)


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    write_tiny_release(tmp_path / "models")
    product = Product(tmp_path / "var", tmp_path / "models", NO_LIMITS)
    product.start()
    play = Play(product, open_side(product))
    await play.side.set_limits(enabled=False)
    yield play
    await play.side.__aexit__()
    assert product.stop() == 0


async def test_every_flow_goes_on_after_a_kill_in_its_middle(play: Play) -> None:
    await link_and_accept(play)
    form, page, remind = await open_everything(play)
    await go_on_with_everything(play, form, page, remind)
    card = await claim(play)
    await answer(play, card)
    await forget(play, card)
    assert play.kills == 9


async def link_and_accept(play: Play) -> None:
    """Killed between `/link` and the group, before the terms are accepted, before the language is chosen."""
    asked, terms = await play.ask_to_link(), await play.arrive("Dr Novak")
    held = await play.send_photo(LESION)
    await play.see(play.gp, "I have not opened it")
    await play.kill()
    linked = await play.choose_group(asked)
    await play.press(play.gp, terms, "✅ I accept")
    play.answer = await play.see(play.gp, "HIGH RISK", after=held["id"])
    await play.kill()
    await play.press(play.leroy, linked, "English")
    await play.see_that(play.leroy, linked, lambda m: "English" in told(m))


async def open_everything(play: Play) -> tuple[Message, Message, Message]:
    """The checklist, the form for the clinic, a lesion, its own words, a reminder: each in its middle."""
    gp = play.gp
    await play.press(gp, play.answer, "🩺 Ask the clinic")
    form = await play.see(gp, "How old")
    await play.press(gp, play.answer, "📌 Follow")
    page = await play.see(gp, "which lesion")
    await play.press(gp, play.answer, "☑ 7-point checklist")
    await play.see_that(gp, play.answer, lambda m: "Change in size · 2" in labels(m))
    await play.kill()
    await play.press(gp, play.answer, "Change in size · 2")
    await play.see_that(gp, play.answer, lambda m: "2 of 10 points" in told(m))
    await play.press(gp, play.answer, "✓ Done")  # an answer in the form closes the page as well
    for choice, question in (
        ("40–59", "sex"),
        ("woman", "Where"),
        ("back", "Since when"),
        ("for months", "Has it changed"),
        ("unchanged", "Risk factors"),
        ("None of these", "add?"),
    ):
        await play.press(gp, form, choice)
        await play.see_that(gp, form, lambda m, question=question: question in told(m))
    await play.press(gp, page, "➕ A lesion that I have not followed")
    await play.see_that(gp, page, lambda m: "Followed since" in told(m))
    await play.press(gp, page, "✅ The patient agreed: keep photos")
    await play.see_that(gp, page, lambda m: "photos of 1 case" in told(m))
    await play.press(gp, page, "⏰ Remind me")
    remind = await play.see(gp, "when shall I ask")
    await play.press(gp, page, "✏️ My own words")
    await play.see(gp, "Write your own words")
    return form, page, remind


async def go_on_with_everything(play: Play, form: Message, page: Message, remind: Message) -> None:
    """Killed while a sentence, own words and a moment are waited for; then at the preview, cropped."""
    gp = play.gp
    await play.kill()
    await play.side.send(gp, text="It itches since spring", reply_to=form["id"])
    preview = await play.see_that(gp, form, lambda m: "It itches since spring" in told(m))
    assert "woman · 40–59 · back · for months" in told(preview)
    await play.side.send(gp, text="left shoulder")
    await play.see(gp, "Kept for", "left shoulder")
    await play.press(gp, remind, "3 months")
    await play.press(gp, remind, "✅ Referred: remind me")
    await play.see_that(gp, remind, lambda m: "I will ask you" in told(m))
    await play.press(gp, form, "Only 60%")
    await play.see_that(gp, form, lambda m: "● Only 60%" in labels(m))
    await play.kill()
    await play.press(gp, page, "📈 Timeline")
    await play.see(gp, "1 case so far")
    await play.press(gp, form, "✅ The patient agreed: send")
    await play.see_that(gp, form, lambda m: "was sent to" in told(m))


async def claim(play: Play) -> Message:
    """Killed between the posting and the claim."""
    await play.kill()
    card = await play.see(play.leroy, "It itches since spring", chat=play.clinic)
    await play.press(play.leroy, card, "🙋 Claim", chat=play.clinic)
    return card


async def answer(play: Play, card: Message) -> None:
    """Killed before the second tap, and between the answer, its comment and its correction."""
    leroy, clinic, gp = play.leroy, play.clinic, play.gp
    await play.press(leroy, card, "🔵 No suspicious feature on this photo", chat=clinic)
    await play.see_that(leroy, card, lambda m: BELOW in labels(m), chat=clinic)
    await play.kill()
    await play.press(leroy, card, BELOW, chat=clinic)
    verdict = await play.see(gp, "the clinic answered")
    await play.side.send(leroy, clinic, text="Please look again in June", reply_to=card["id"])
    await play.see(gp, "Please look again in June")
    await play.press(leroy, card, "✏️ Correct the answer", chat=clinic)
    await play.see_that(leroy, card, lambda m: URGENT in labels(m), chat=clinic)
    await play.side.send(gp, text="/remind")
    listed = await play.see(gp, "Your reminder")
    await play.kill()
    await play.press(leroy, card, URGENT, chat=clinic)
    await play.see(gp, "CORRECTION")
    await play.side.send(gp, text="Seen on Friday", reply_to=verdict["id"])
    await play.see(leroy, "Seen on Friday", chat=clinic)
    (cancel,) = labels(listed)
    await play.press(gp, listed, cancel)
    await play.see_that(gp, listed, lambda m: "Cancelled" in told(m))


async def forget(play: Play, card: Message) -> None:
    """Killed between the question and the yes."""
    await play.side.send(play.gp, text="/forget")
    asked = await play.see(play.gp, "Forget you?")
    await play.kill()
    await play.press(play.gp, asked, "🗑 Yes, forget me")
    await play.see(play.gp, "I have forgotten you")
    await play.see_that(play.leroy, card, lambda m: "Erased" in told(m), chat=play.clinic)

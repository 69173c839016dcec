"""Killed in the middle of every flow and started again, each goes on where it was."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.clinic_play import Actors, Message, labels, told
from tests.support.drawn import draw_lesion, draw_skin, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.product import NO_LIMITS, Product
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.timeout(400)

LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
BETTER = jpeg_bytes(draw_lesion(5, kind="melanoma", size_px=320))
SKIN = jpeg_bytes(draw_skin(3, size_px=300))
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
    remind = await play.see(gp, "shall I ask you")
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


async def test_what_is_said_of_patient_photos_and_lesions_goes_on_after_a_kill(play: Play) -> None:
    linked = await play.choose_group(await play.ask_to_link())
    await play.press(play.leroy, linked, "English")
    terms = await play.arrive("Dr Novak")
    await play.press(play.gp, terms, "✅ I accept")
    await play.see(play.gp, "Now send me a photo")
    play.answer = await play.see(play.gp, "HIGH RISK", after=(await play.send_photo(LESION))["id"])
    await name_the_patient(play)
    page = await agree_and_compare(play)
    card = await send_with_a_locator(play)
    await bring_a_better_photo(play, card)
    await settle_and_stop(play, page)
    assert play.kills == 8


async def name_the_patient(play: Play) -> None:
    """Killed while the sentence and the reference are waited for."""
    gp = play.gp
    await play.press(gp, play.answer, "👤 About the patient")
    await play.press(gp, play.answer, "✏️ One sentence")
    await play.see(gp, "write one sentence")
    await play.kill()
    await play.side.send(gp, text="It itches since spring")
    await play.see(gp, "kept.", "It itches since spring")
    await play.press(gp, play.answer, "🔖 My reference")
    await play.see(gp, "write your own reference")
    await play.kill()
    await play.side.send(gp, text="Room-4 b")
    await play.see(gp, "your reference is", "Room-4 b")
    await play.press(gp, play.answer, "✓ Done")


async def agree_and_compare(play: Play) -> Message:
    """Killed once the patient agreed, and once another photo of the lesion was linked."""
    gp = play.gp
    await play.press(gp, play.answer, "📌 Follow")
    page = await play.see(gp, "which lesion")
    await play.press(gp, page, "➕ A lesion that I have not followed")
    await play.press(gp, page, "✅ The patient agreed: keep photos")
    await play.kill()
    page = await play.see_that(gp, page, lambda m: "photos of 1 case" in told(m))
    label = told(page).split("\n")[0].removeprefix("📌 ")
    sent = await play.send_photo(SKIN)
    second = await play.see(gp, "RISK", after=sent["id"])
    await play.press(gp, second, "📌 Follow")
    joined = await play.see(gp, "which lesion", after=second["id"])
    (same,) = [each for each in labels(joined) if label in each]
    await play.press(gp, joined, same)
    await play.kill()
    await play.see(gp, "2 photos, not to scale")
    return page


async def send_with_a_locator(play: Play) -> Message:
    """Killed while the locator photo is waited for, and at once when the request is sent."""
    gp = play.gp
    await play.press(gp, play.answer, "🩺 Ask the clinic")
    form = await play.see(gp, "Ask the clinic about")
    while "Exactly this" not in told(form):  # one question after the other
        await play.press(gp, form, "Next ›" if "Next ›" in labels(form) else "Not said")
        before = told(form)
        form = await play.see_that(gp, form, lambda m, before=before: told(m) != before)
    await play.press(gp, form, "📍 Add locator photo")
    await play.see_that(gp, form, lambda m: "from afar" in told(m))
    await play.kill()
    await play.side.send_files(gp, ("photo", "afar.jpg", SKIN), reply_to=form["id"])
    await play.see_that(gp, form, lambda m: "the locator photo follow" in told(m))
    await play.press(gp, form, "✅ The patient agreed: send")
    await play.kill()
    await play.see_that(gp, form, lambda m: "was sent to" in told(m))
    card = await play.see(play.leroy, "It itches since spring", chat=play.clinic)
    await play.see(play.leroy, "at full size", chat=play.clinic)
    return card


async def bring_a_better_photo(play: Play, card: Message) -> None:
    """Killed at once when the photo comes that the clinic waits for."""
    gp, leroy, clinic = play.gp, play.leroy, play.clinic
    await play.press(leroy, card, "🙋 Claim", chat=clinic)
    await play.press(leroy, card, "📷 Better photo please", chat=clinic)
    asked = await play.see(gp, "the clinic answered")
    await play.side.send_files(gp, ("photo", "better.jpg", BETTER), reply_to=asked["id"])
    await play.kill()
    await play.see(gp, "It is now a photo of")
    await play.see(leroy, "asks back", chat=clinic)


async def settle_and_stop(play: Play, page: Message) -> None:
    """Killed before the reason; then nothing of all this stands twice without a mark."""
    gp = play.gp
    await play.press(gp, page, "🚩 Settle the flag")
    await play.press(gp, page, "✖️ It was a mistake")
    await play.see_that(gp, page, lambda m: "It was a test photo" in labels(m))
    await play.kill()
    await play.press(gp, page, "It was a test photo")
    await play.see_that(gp, page, lambda m: "Settled and noted" in told(m))
    for person, chat, words in (
        (gp, gp, ("kept.", "your reference is", "2 photos, not to scale", "It is now a photo of")),
        (play.leroy, play.clinic, ("It itches since spring", "at full size", "asks back")),
    ):
        shown = await play.side.messages(person, chat, limit=200)
        unmarked = [
            told(each) for each in shown if each["from"]["is_bot"] and "Sent again after" not in told(each)
        ]
        assert [sum(each in said for said in unmarked) for each in words] == [1] * len(words)

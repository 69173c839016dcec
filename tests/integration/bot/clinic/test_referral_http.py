"""A GP and dermatologists over real HTTP: asking, claiming, answering, correcting, asking back."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clinics import add_clinic, open_clinic
from tests.support.served import LESION, SKIN, Served, serve


@pytest.fixture
async def served(tmp_path: Path):
    async with serve(tmp_path, "polling") as served:
        yield served


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"] for row in message["keyboard"] or [] for button in row]


def told(message: dict[str, Any]) -> str:
    return message["text"] or message["caption"] or ""


async def meet(served: Served, **clinic: str) -> tuple[int, int, int]:
    """A clinic, a GP who accepted the terms, and Dr Leroy, who is in the clinic."""
    chat = await open_clinic(served, **clinic)
    gp, leroy = await served.side.person("Dr Taylor"), await served.side.person("Dr Leroy")
    await served.accept(gp)
    return chat, gp, leroy


async def ask(
    served: Served, gp: int, *, sentence: str | None = None, photo: bytes = LESION
) -> dict[str, Any]:
    """Send a photo and fill in the form up to the preview, as it stands then."""
    side = served.side
    answer = await served.send(gp, ("photo", "mole.jpg", photo))
    await side.press(gp, answer["id"], "🩺 Ask the clinic")
    form = await served.next(gp, after=answer["id"], words="Ask the clinic about")
    for choice, question in (
        ("40–59", "sex"),
        ("woman", "Where"),
        ("back", "Since when"),
        ("for months", "Has it changed"),
        ("unchanged", "Risk factors"),
        ("None of these", "Anything to add"),
    ):
        await side.press(gp, form["id"], choice)
        await served.see(gp, lambda m, question=question: m["id"] == form["id"] and question in told(m))
    if sentence is None:
        await side.press(gp, form["id"], "Not said")
    else:
        await side.send(gp, text=sentence, reply_to=form["id"])
    return await served.see(gp, lambda m: m["id"] == form["id"] and "Exactly this" in told(m))


async def crop(served: Served, gp: int, preview: dict[str, Any]) -> None:
    """Show a part of the photo only, then another part: three different pictures."""
    side = served.side
    pictures = [await side.file(gp, preview["photo"]["file_id"])]
    for label in ("Only 60%", "➡"):
        before = await served.see(gp, lambda m: m["id"] == preview["id"])
        await side.press(gp, preview["id"], label)
        after = await served.see(
            gp, lambda m, before=before: m["id"] == preview["id"] and m["photo"] != before["photo"]
        )
        assert "● Only 60%" in labels(after)
        pictures.append(await side.file(gp, after["photo"]["file_id"]))
    assert len(set(pictures)) == 3


async def post(served: Served, gp: int, leroy: int, clinic: int) -> dict[str, Any]:
    """Ask and send; the card as the clinic sees it."""
    preview = await ask(served, gp)
    await served.side.press(gp, preview["id"], "✅ The patient agreed: send")
    await served.see(gp, lambda m: m["id"] == preview["id"] and "was sent to" in told(m))
    return await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)


async def test_a_case_is_asked_claimed_answered_commented_corrected_and_asked_back(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    preview = await ask(served, gp, sentence="It itches <since May> & grows")
    for words in ("the patient agreed", "send your own referral today"):
        assert words in preview["caption"]
    await crop(served, gp, preview)
    await side.press(gp, preview["id"], "✅ The patient agreed: send")
    sent = await served.see(gp, lambda m: m["id"] == preview["id"] and "was sent to" in told(m))
    assert "request for advice" in told(sent)
    assert labels(sent) == ["↩ Withdraw the request"]

    card = await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)
    caption = card["caption"]
    assert caption in preview["caption"], "what was shown is what was posted"
    for words in ("HIGH RISK", "woman · 40–59 · back · for months", "It itches <since May> & grows"):
        assert words in caption
    assert "Taylor" not in caption
    assert await side.file(leroy, card["photo"]["file_id"]) == await side.file(gp, sent["photo"]["file_id"])

    won = await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    assert "à vous" in won["text"] or "yours" in won["text"]
    claimed = await served.see(
        leroy, lambda m: m["id"] == card["id"] and "Claimed by" in told(m), chat=clinic
    )
    assert "Claimed by Dr Leroy" in claimed["caption"]
    await side.press(leroy, card["id"], "🔵 No suspicious feature on this photo", chat=clinic)
    asked = await served.see(
        leroy, lambda m: m["id"] == card["id"] and any("⚠️" in each for each in labels(m)), chat=clinic
    )
    await side.press(leroy, card["id"], labels(asked)[0], chat=clinic)
    verdict = await served.next(gp, after=sent["id"], words="the clinic answered")
    assert "No suspicious feature on this photo" in told(verdict)
    assert "refer, whatever was answered" in told(verdict)

    await side.send(leroy, clinic, text="Regular network, no blue.", reply_to=card["id"])
    comment = await served.next(gp, after=verdict["id"], words="a comment from the clinic")
    assert "Regular network, no blue." in told(comment)
    await served.see(leroy, lambda m: m["id"] == card["id"] and "Regular network" in told(m), chat=clinic)

    await side.press(leroy, card["id"], "✏️ Correct the answer", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == card["id"] and "📅 Monitor…" in labels(m), chat=clinic)
    await side.press(leroy, card["id"], "🔴 Urgent: suspected cancer pathway", chat=clinic)
    correction = await served.next(gp, after=comment["id"], words="CORRECTION")
    assert "Urgent: suspected cancer pathway" in told(correction)
    await served.see(leroy, lambda m: m["id"] == card["id"] and "Corrected" in told(m), chat=clinic)

    await side.send(gp, text="Seen on Friday, thank you", reply_to=correction["id"])
    await served.next(gp, after=correction["id"], words="Passed on")
    back = await served.see(leroy, lambda m: "asks back" in told(m), chat=clinic)
    assert back["reply_to"] == card["id"]
    assert "Seen on Friday" in told(back)
    await side.send_files(gp, ("photo", "better.jpg", LESION), reply_to=correction["id"])
    photo = await served.see(leroy, lambda m: "asks back" in told(m) and bool(m["photo"]), chat=clinic)
    assert b"Exif" not in await side.file(leroy, photo["photo"]["file_id"])


async def test_outsiders_learn_nothing_and_the_slower_one_is_told(served: Served):
    side = served.side
    clinic = await open_clinic(served)
    gp, leroy = await side.person("Dr Taylor"), await side.person("Dr Leroy")
    other = await side.add_person("Dr Other", language_code="en")
    await side.set_member(clinic, leroy, other, "member")
    await served.accept(gp)
    card = await post(served, gp, leroy, clinic)

    await side.set_member(clinic, leroy, other, "administrator", anonymous=True)
    anonymous = await side.press(other, card["id"], "🙋 Claim", chat=clinic)
    assert "anonymous" in anonymous["text"]
    await side.set_member(clinic, leroy, other, "member")
    await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == card["id"] and "Claimed by" in told(m), chat=clinic)
    refused = await side.press(other, card["id"], "🟠 Routine appointment", chat=clinic)
    assert "Dr Leroy claimed this case on" in refused["text"]
    await side.send(other, clinic, text="I think it is fine", reply_to=card["id"])
    await served.see(leroy, lambda m: "Only the person who claimed" in told(m), chat=clinic)
    assert not [m for m in await served.bot_messages(gp) if "answered" in told(m)]


async def test_a_sender_who_blocked_the_bot_is_shown_as_unreachable(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    card = await post(served, gp, leroy, clinic)
    await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == card["id"] and "Claimed by" in told(m), chat=clinic)
    await side.block(gp)
    await side.press(leroy, card["id"], "🔴 Urgent: suspected cancer pathway", chat=clinic)
    await served.see(
        leroy, lambda m: m["id"] == card["id"] and "can no longer be reached" in told(m), chat=clinic
    )


async def test_forgetting_replaces_the_card_by_an_erased_picture(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    card = await post(served, gp, leroy, clinic)
    asked = await served.say(gp, "/forget")
    await side.press(gp, asked["id"], "🗑 Yes, forget me")
    erased = await served.see(leroy, lambda m: m["id"] == card["id"] and "Erased" in told(m), chat=clinic)
    assert not erased["keyboard"]
    assert erased["photo"]["file_id"] != card["photo"]["file_id"]


async def test_a_channel_is_answered_by_administrators_and_commented_in_private(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served, title="Clinic channel")
    card = await post(served, gp, leroy, clinic)
    await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    claimed = await served.see(
        leroy, lambda m: m["id"] == card["id"] and "💬 Comment" in labels(m), chat=clinic
    )
    link = next(b["url"] for row in claimed["keyboard"] for b in row if b["text"] == "💬 Comment")
    await side.send(leroy, start=link.partition("start=")[2])
    asked = await served.next(leroy, after=0, words="🗨")
    await side.send(leroy, text="Please feel the nodes.", reply_to=asked["id"])
    comment = await served.next(gp, after=card["id"], words="Please feel the nodes.")
    assert "whatever was answered" in told(comment)


async def test_a_level_that_the_checklist_raises_is_raised_on_the_clinics_card_too(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    preview = await ask(served, gp, photo=SKIN)
    await side.press(gp, preview["id"], "✅ The patient agreed: send")
    card = await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)
    assert "LOW RISK" in told(card)
    answer = await served.see(gp, lambda m: "☑ 7-point checklist" in labels(m))
    await side.press(gp, answer["id"], "☑ 7-point checklist")
    await served.see(gp, lambda m: m["id"] == answer["id"] and "🚩 Bleeding" in labels(m))
    await side.press(gp, answer["id"], "🚩 Bleeding")
    raised = await served.see(leroy, lambda m: m["id"] == card["id"] and "HIGH RISK" in told(m), chat=clinic)
    assert "bleeding" in told(raised)
    assert raised["photo"]["file_id"] != card["photo"]["file_id"], "the picture says the new level"
    assert labels(raised) == ["🙋 Claim"]


async def test_a_photo_in_the_clinics_group_is_read_once_its_poster_has_consented(served: Served):
    side = served.side
    clinic = await open_clinic(served)
    leroy = await side.person("Dr Leroy")
    bot = (await side.state())["bot"]["username"]
    (posted,) = await side.send_files(leroy, ("photo", "mole.jpg", LESION), chat=clinic)
    await side.send(leroy, clinic, text=f"/triage@{bot}", reply_to=posted["id"])
    asked = await served.see(leroy, lambda m: "teaching" in told(m), chat=clinic)
    assert asked["reply_to"] == posted["id"]
    assert asked["keyboard"]
    await served.accept(leroy, "✅ J’accepte")
    await side.send(leroy, clinic, text=f"/triage@{bot}", reply_to=posted["id"])
    answer = await served.see(leroy, lambda m: "HIGH RISK" in told(m), chat=clinic)
    assert answer["reply_to"] == posted["id"]
    assert answer["photo"]
    assert not answer["keyboard"]
    (captioned,) = await side.send_files(
        leroy, ("photo", "skin.jpg", SKIN), chat=clinic, caption=f"@{bot} and this one?"
    )
    again = await served.see(leroy, lambda m: "LOW RISK" in told(m), chat=clinic)
    assert again["reply_to"] == captioned["id"]


async def test_a_sender_who_comes_back_is_told_what_they_missed(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    card = await post(served, gp, leroy, clinic)

    def shows(*words: str, absent: str = ""):
        return lambda m: (
            m["id"] == card["id"] and all(w in told(m) for w in words) and not (absent and absent in told(m))
        )

    await side.block(gp)
    await served.see(leroy, shows("can no longer be reached"), chat=clinic)  # at once: nothing had to fail
    await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    await served.see(leroy, shows("Claimed by"), chat=clinic)
    await side.press(leroy, card["id"], "🟠 Routine appointment", chat=clinic)
    below = "⚠️ Below high. Yes: Routine appointment"
    await served.see(leroy, lambda m: m["id"] == card["id"] and below in labels(m), chat=clinic)
    kept = await side.press(leroy, card["id"], below, chat=clinic)
    await served.see(leroy, shows("Routine appointment", "can no longer be reached"), chat=clinic)
    assert kept["show_alert"]
    assert not [m for m in await served.bot_messages(gp) if "the clinic answered" in told(m)]

    await side.block(gp, blocked=False)
    await served.see(leroy, shows("Routine appointment", absent="can no longer be reached"), chat=clinic)
    missed = await served.next(gp, after=0, words="the clinic answered")
    assert "Routine appointment" in told(missed)


async def test_forgetting_takes_along_what_was_asked_back(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    card = await post(served, gp, leroy, clinic)
    sent = await served.next(gp, after=0, words="was sent to")
    await side.send(gp, text="It is the left one", reply_to=sent["id"])
    await served.see(leroy, lambda m: "It is the left one" in told(m), chat=clinic)
    await side.send_files(gp, ("photo", "again.jpg", SKIN), reply_to=sent["id"])
    photo = await served.see(leroy, lambda m: "asks back" in told(m) and bool(m["photo"]), chat=clinic)
    asked = await served.say(gp, "/forget")
    await side.press(gp, asked["id"], "🗑 Yes, forget me")
    await served.see(leroy, lambda m: m["id"] == photo["id"] and "Erased" in told(m), chat=clinic)
    left = [m for m in await side.messages(leroy, clinic, limit=200) if m["from"] and m["from"]["is_bot"]]
    assert [told(m) for m in left if not m["deleted"] and "Erased" not in told(m)] == []
    assert next(m for m in left if m["id"] == photo["id"])["photo"] != photo["photo"]
    assert next(m for m in left if m["id"] == card["id"])["photo"] != card["photo"]


async def test_a_forgotten_dermatologists_name_goes_from_the_cards(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    await served.accept(leroy, "✅ J’accepte")
    answered = await post(served, gp, leroy, clinic)
    await side.press(leroy, answered["id"], "🙋 Claim", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == answered["id"] and "Claimed by" in told(m), chat=clinic)
    await side.press(leroy, answered["id"], "🔴 Urgent: suspected cancer pathway", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == answered["id"] and "✅" in told(m), chat=clinic)
    await side.send(gp, text="another")
    claimed = await post(served, gp, leroy, clinic)
    await side.press(leroy, claimed["id"], "🙋 Claim", chat=clinic)
    await served.see(leroy, lambda m: m["id"] == claimed["id"] and "Claimed by" in told(m), chat=clinic)

    asked = await served.say(leroy, "/forget")
    await side.press(leroy, asked["id"], "🗑 Oui, m’oublier")
    free = await served.see(leroy, lambda m: m["id"] == claimed["id"] and "Waits for" in told(m), chat=clinic)
    assert labels(free) == ["🙋 Claim"]
    kept = await served.see(
        leroy, lambda m: m["id"] == answered["id"] and "Leroy" not in told(m), chat=clinic
    )
    assert "Urgent" in told(kept)


async def test_a_teaching_card_follows_its_case_and_goes_with_its_poster(served: Served):
    side = served.side
    clinic = await open_clinic(served)
    leroy = await side.person("Dr Leroy")
    bot = (await side.state())["bot"]["username"]
    await served.accept(leroy, "✅ J’accepte")
    await side.send_files(leroy, ("photo", "skin.jpg", SKIN), chat=clinic, caption=f"@{bot} and this one?")
    card = await served.see(leroy, lambda m: "LOW RISK" in told(m), chat=clinic)
    listed = await served.say(leroy, "/history")
    number = told(card).split("· ")[1].split()[0]
    await side.press(leroy, listed["id"], f"🔵 {number}")
    opened = await served.see(leroy, lambda m: m["id"] == listed["id"] and "ABCDE" in str(labels(m)))
    await side.press(leroy, opened["id"], next(each for each in labels(opened) if "ABCDE" in each))
    page = await served.see(leroy, lambda m: m["id"] == listed["id"] and "🚩 Saignement" in labels(m))
    await side.press(leroy, page["id"], "🚩 Saignement")
    raised = await served.see(leroy, lambda m: m["id"] == card["id"] and "HIGH RISK" in told(m), chat=clinic)
    assert raised["photo"] != card["photo"]
    asked = await served.say(leroy, "/forget")
    await side.press(leroy, asked["id"], "🗑 Oui, m’oublier")
    erased = await served.see(leroy, lambda m: m["id"] == card["id"] and "Erased" in told(m), chat=clinic)
    assert erased["photo"] != raised["photo"]


async def test_cards_follow_a_group_that_becomes_a_supergroup(served: Served):
    side = served.side
    leroy, gp = await side.person("Dr Leroy"), await side.person("Dr Taylor")
    bot_id = (await side.state())["bot"]["id"]
    old = await side.add_group("Small clinic", "group", leroy)
    await side.set_member(old, leroy, bot_id, "administrator")
    await add_clinic(served, old, title="Small clinic", kind="group", language="en")
    await served.accept(gp)
    before = await post(served, gp, leroy, old)
    await side.press(leroy, before["id"], "🙋 Claim", chat=old)
    await served.see(leroy, lambda m: m["id"] == before["id"] and "Claimed by" in told(m), chat=old)
    new = await side.migrate(old)
    card = await served.see(leroy, lambda m: "Claimed by Dr Leroy" in told(m), chat=new)
    assert card["photo"]
    await side.press(leroy, card["id"], "🔴 Urgent: suspected cancer pathway", chat=new)
    verdict = await served.next(gp, after=0, words="the clinic answered")
    assert "Urgent" in told(verdict)
    shown = await served.see(leroy, lambda m: m["id"] == card["id"] and "✅" in told(m), chat=new)
    assert "✏️ Correct the answer" in labels(shown)


async def test_monitoring_comes_with_a_button_for_the_reminder(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    preview = await ask(served, gp, photo=SKIN)
    await side.press(gp, preview["id"], "✅ The patient agreed: send")
    card = await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)
    for label in ("🙋 Claim", "📅 Monitor…", "New photo in 3 months"):
        await served.see(leroy, lambda m, label=label: label in labels(m), chat=clinic)
        await side.press(leroy, card["id"], label, chat=clinic)
    verdict = await served.next(gp, after=preview["id"], words="Monitor: new photo in 3 months")
    assert labels(verdict) == ["⏰ Remind me in 3 months"]
    await side.press(gp, verdict["id"], "⏰ Remind me in 3 months")
    await served.next(gp, after=verdict["id"], words="I will ask you")
    kept = await served.see(gp, lambda m: m["id"] == verdict["id"] and not labels(m))
    assert told(kept) == told(verdict)


async def test_an_album_in_the_clinics_group_is_one_case(served: Served):
    side = served.side
    clinic = await open_clinic(served)
    leroy = await side.person("Dr Leroy")
    bot = (await side.state())["bot"]["username"]
    await served.accept(leroy, "✅ J’accepte")
    album = await side.send_files(
        leroy, ("photo", "a.jpg", SKIN), ("photo", "b.jpg", LESION), chat=clinic, caption=f"@{bot} these two?"
    )
    answer = await served.see(leroy, lambda m: "HIGH RISK" in told(m), chat=clinic)
    assert answer["reply_to"] == album[0]["id"]
    assert "Refer today" in told(answer)


async def test_a_call_back_number_is_optional_and_only_the_claimer_opens_it(served: Served):
    side = served.side
    clinic, gp, leroy = await meet(served)
    preview = await ask(served, gp)
    await side.press(gp, preview["id"], "☎ Add a call-back number")
    await served.see(gp, lambda m: m["id"] == preview["id"] and "On which number" in told(m))
    await side.send(gp, text="ring my mobile", reply_to=preview["id"])
    await served.next(gp, after=preview["id"], words="in digits")
    await side.send(gp, text="+44 20 7946 0018", reply_to=preview["id"])
    shown = await served.see(gp, lambda m: m["id"] == preview["id"] and "☎ +44 20 7946 0018" in labels(m))
    assert "7946" not in told(shown), "the clinic's card has no number"
    await side.press(gp, preview["id"], "✅ The patient agreed: send")
    card = await served.see(leroy, lambda m: "🙋 Claim" in labels(m), chat=clinic)
    assert "7946" not in told(card)
    await side.press(leroy, card["id"], "🙋 Claim", chat=clinic)
    await served.see(
        leroy, lambda m: m["id"] == card["id"] and "☎ Call-back number" in labels(m), chat=clinic
    )
    alert = await side.press(leroy, card["id"], "☎ Call-back number", chat=clinic)
    assert alert["text"].endswith("+44 20 7946 0018")
    assert alert["show_alert"]
    await side.press(leroy, card["id"], "🔴 Urgent: suspected cancer pathway", chat=clinic)
    answer = await served.next(gp, after=preview["id"], words="REFER TODAY")
    await side.press(gp, answer["id"], "👁 Seen")
    await served.see(gp, lambda m: m["id"] == answer["id"] and "📨 Referred on …" in labels(m))
    await served.see(leroy, lambda m: m["id"] == card["id"] and "Seen by the sender" in told(m), chat=clinic)

"""After `/forget` no byte leads back: database, log of writes, files, logs, cards, a restored backup."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database.keys import Keyring
from tests.support.clinic_play import Actors, Message, labels, told
from tests.support.drawn import draw_lesion, draw_skin, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.product import COMMAND, NO_LIMITS, ROOT, Product
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.timeout(400)

NAME, USERNAME = "Dr Plantagenet", "planted_user"
PLANTED = (
    "PlantedSentence",
    "PlantedComment of Mrs Smith",
    "PlantedQuestion",
    "PlantedLabel",
    "PlantedReference",
    "PlantedCaption from afar",
)
LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
SKIN = jpeg_bytes(draw_skin(3, size_px=300))
AFAR = jpeg_bytes(draw_skin(4, size_px=320))
SEALED = {  # values that only the key opens
    "where a followed lesion's photos are": "SELECT files FROM lesion_files",
    "where a case's photos are": "SELECT files FROM photo_files",
    "details of a request with its locator photo": "SELECT details FROM referrals WHERE details IS NOT NULL",
    "what is said of a patient": "SELECT answers FROM patient_contexts WHERE answers IS NOT NULL",
    "a reference": "SELECT reference FROM patient_contexts WHERE reference IS NOT NULL",
    "keyed hash of a reference": "SELECT reference_ref FROM patient_contexts WHERE reference_ref IS NOT NULL",
}


@dataclass
class Scene:
    """The product as a process, a GP who will be forgotten, a dermatologist, and their group."""

    product: Product
    folder: Path
    gp: int = 0
    sealed: tuple[tuple[str, bytes], ...] = ()  # what is stored of patients and photos
    file_ids: tuple[str, ...] = ()  # of the photos that are followed

    @property
    def data_dir(self) -> Path:
        return self.product.data_dir

    def nevus(self, *arguments: str, data_dir: Path | None = None) -> str:
        """A command beside the running product; what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
        environment |= {
            "NEVUS_DATA_DIR": str(data_dir or self.data_dir),
            "NEVUS_MODELS_DIR": str(self.product.models_dir),
        }
        command = [*COMMAND[:-1], *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def find(self, folder: Path) -> set[str]:
        """What of the GP stands in any file under a folder; the local chat stands in for Telegram."""
        files = [each for each in folder.rglob("*") if each.is_file() and "localchat" not in each.parts]
        assert any(each.name == "nevus.sqlite" for each in files)
        return {what for each in files for what in self.find_in(each.read_bytes())}

    def find_until_clean(self, folder: Path) -> set[str]:
        """The same, given the seconds in which the log of writes is emptied again and again."""
        for _ in range(30):
            if not (found := self.find(folder)):
                break
            time.sleep(1)
        return found

    def find_in(self, data: bytes) -> set[str]:
        return {what for what, sign in self._signs() if sign in data}

    def _signs(self) -> Iterator[tuple[str, bytes]]:
        keyring = Keyring.open(self.data_dir / "nevus.key")
        yield "Telegram id and chat id", str(self.gp).encode()
        yield "Telegram id as SQLite writes it", self.gp.to_bytes(6, "big")
        yield "Telegram id in eight bytes", self.gp.to_bytes(8, "little")
        yield "user name", USERNAME.encode()
        yield "name", NAME.encode()
        for words in PLANTED:
            yield words, words.encode()
        for what, sealed in self.sealed:
            yield what, sealed[20:]
        for file_id in self.file_ids:
            yield "file id of a followed photo", file_id.encode()
        refs = {
            "keyed hash of the user": (keyring.user_ref(self.gp), *keyring.former_user_refs(self.gp)),
            "keyed hash of the chat in the queues": (keyring.lane_ref(self.gp),),
            "keyed hash of the chat": keyring.chat_refs(self.gp),
        }
        for what, hashes in refs.items():
            for each in hashes:
                yield what, each
                yield what, each.hex().encode()

    def check_sealed(self) -> None:
        """What of the patient and the photos is stored, and the file ids inside, are stored sealed only."""
        keyring = Keyring.open(self.data_dir / "nevus.key")
        with closing(sqlite3.connect(self.data_dir / "nevus.sqlite")) as database:
            self.sealed = tuple(
                (what, row[0]) for what, query in SEALED.items() for row in database.execute(query)
            )
        followed = [sealed for what, sealed in self.sealed if what == next(iter(SEALED))]
        opened = [json.loads(keyring.decrypt(each, purpose="photo files")) for each in followed]
        self.file_ids = tuple(file_id for files in opened for file_id, *_ in files)
        assert {what for what, _ in self.sealed} == {*SEALED}
        assert all(len(each) > 10 for each in self.file_ids)
        assert self.file_ids
        stored = self.find(self.data_dir)
        assert {"keyed hash of the user", *SEALED} <= stored
        assert not {*PLANTED, "file id of a followed photo"} & stored, "nothing of it in the clear"

    def count_files(self, content: bytes) -> int:
        """How often the local chat keeps a picture."""
        pictures = (self.data_dir / "localchat" / "files").rglob("*.jpg")
        return sum(each.read_bytes() == content for each in pictures)

    def wait_for_rest(self) -> None:
        """Until nothing is in work or waits to be sent."""
        waiting = (
            "SELECT (SELECT count(*) FROM outbox WHERE payload IS NOT NULL)"
            " + (SELECT count(*) FROM inbox WHERE payload IS NOT NULL)"
        )
        for _ in range(600):
            with closing(sqlite3.connect(self.data_dir / "nevus.sqlite")) as database:
                if database.execute(waiting).fetchone() == (0,):
                    return
            time.sleep(0.1)
        raise AssertionError("something stays in the queues")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    write_tiny_release(tmp_path / "models")
    product = Product(tmp_path / "var", tmp_path / "models", NO_LIMITS)
    product.start()
    yield Scene(product, tmp_path)
    product.stop()


class Play(Actors):
    """What the two do here."""

    async def begin(self) -> None:
        linked = await self.choose_group(await self.ask_to_link())
        await self.press(self.leroy, linked, "English")
        terms = await self.arrive(NAME, username=USERNAME)
        await self.press(self.gp, terms, "✅ I accept")
        await self.see(self.gp, "Now send me a photo")

    async def name_patient(self, card: Message) -> None:
        """The sender's own reference, asked for under the answer."""
        gp = self.gp
        await self.press(gp, card, "👤 About the patient")
        await self.press(gp, card, "🔖 My reference")
        await self.see(gp, "write your own reference")
        await self.side.send(gp, text=PLANTED[4])
        await self.see(gp, "your reference is", PLANTED[4])
        await self.press(gp, card, "✓ Done")

    async def add_locator(self, form: Message) -> None:
        """With a caption, which nobody reads."""
        await self.press(self.gp, form, "📍 Add locator photo")
        await self.see_that(self.gp, form, lambda m: "from afar" in told(m))
        afar = ("photo", "afar.jpg", AFAR)
        await self.side.send_files(self.gp, afar, reply_to=form["id"], caption=PLANTED[5])
        await self.see(self.gp, "did not read it")

    async def ask_clinic(self, card: Message, sentence: str, *, has_all: bool = False) -> Message:
        """Ask with a sentence, or with a reference and a locator photo as well; the card in the group."""
        if has_all:
            await self.name_patient(card)
        gp = self.gp
        await self.press(gp, card, "🩺 Ask the clinic")
        form = await self.see(gp, "How old", after=card["id"])
        for question in ("sex", "Where", "Since when", "Has it changed", "Risk factors", "Anything to add"):
            await self.press(gp, form, "Not said")
            await self.see_that(gp, form, lambda m, question=question: question in told(m))
        await self.side.send(gp, text=sentence, reply_to=form["id"])
        if has_all:
            await self.add_locator(form)
        await self.press(gp, form, "Only 60%")
        await self.see_that(gp, form, lambda m: "● Only 60%" in labels(m))
        await self.press(gp, form, "✅ The patient agreed: send")
        return await self.see(self.leroy, sentence, chat=self.clinic)

    async def answer(self, card: Message) -> None:
        leroy, clinic, gp = self.leroy, self.clinic, self.gp
        await self.press(leroy, card, "🙋 Claim", chat=clinic)
        await self.press(leroy, card, "🔴 Urgent: suspected cancer pathway", chat=clinic)
        verdict = await self.see(gp, "the clinic answered")
        await self.side.send(leroy, clinic, text=PLANTED[1], reply_to=card["id"])
        await self.see(gp, PLANTED[1])
        await self.side.send(gp, text=PLANTED[2], reply_to=verdict["id"])
        await self.see(leroy, PLANTED[2], chat=clinic)
        await self.side.send_files(
            gp, ("photo", "again.jpg", SKIN), reply_to=verdict["id"], caption=PLANTED[2]
        )
        await self.side.wait_for(
            leroy, lambda m: "asks back" in told(m) and bool(m["photo"]), chat=clinic, timeout_s=60
        )

    async def follow(self, card: Message) -> None:
        gp = self.gp
        await self.press(gp, card, "📌 Follow")
        page = await self.see(gp, "which lesion", after=card["id"])
        await self.press(gp, page, "➕ A lesion that I have not followed")
        await self.press(gp, page, "✅ The patient agreed: keep photos")
        await self.see_that(gp, page, lambda m: "photos of 1 case" in told(m))
        await self.press(gp, page, "✏️ My own words")
        await self.see(gp, "Write your own words")
        await self.side.send(gp, text=PLANTED[3])
        await self.see(gp, "Kept for")
        await self.press(gp, page, "⏰ Remind me")
        remind = await self.see(gp, "shall I ask you")
        await self.press(gp, remind, "3 months")
        await self.press(gp, remind, "✅ Referred: remind me")
        await self.see(gp, "I will ask you")

    async def forget(self, *cards: Message) -> None:
        await self.side.send(self.gp, text="/forget")
        asked = await self.see(self.gp, "Forget you?", "referral is open")
        await self.press(self.gp, asked, "🗑 Yes, forget me")
        await self.see(self.gp, "I have forgotten you")
        for card in cards:
            await self.see_that(self.leroy, card, lambda m: "Erased" in told(m), chat=self.clinic)

    async def group_record(self) -> list[Message]:
        """All that the local chat keeps of what the bot posted in the group, edits included."""
        record = (await self.side.transcript(self.clinic))["messages"]
        return [each for each in record if each["from"] and each["from"]["is_bot"]]


async def test_no_byte_leads_back_to_who_was_forgotten(scene: Scene) -> None:
    address, _, key = scene.product.link.partition("/?key=")
    async with PersonSide(address, key) as side:
        await side.set_limits(enabled=False)
        play = Play(scene.product, side)
        await play.begin()
        scene.gp = play.gp
        first = await play.see(play.gp, "HIGH RISK", after=(await play.send_photo(LESION))["id"])
        card = await play.ask_clinic(first, PLANTED[0], has_all=True)
        picture = await side.file(play.leroy, card["photo"]["file_id"])
        assert scene.count_files(picture) == 2, "as the GP saw it, and as it was posted"
        album = await play.see(play.leroy, "at full size", chat=play.clinic)
        photo = await side.file(play.leroy, album["photo"]["file_id"])
        assert scene.count_files(photo) == 1
        await play.answer(card)
        await play.follow(first)
        second = await play.see(play.gp, "LOW RISK", after=(await play.send_photo(SKIN))["id"])
        waiting = await play.ask_clinic(second, PLANTED[0] + " too")
        scene.wait_for_rest()

        scene.check_sealed()
        assert {PLANTED[0], PLANTED[2]} <= scene.find_in(json.dumps(await play.group_record()).encode())
        backup = scene.folder / "backup.sqlite"
        scene.nevus("backup", str(backup))
        before = json.loads(scene.nevus("stats", "--json"))
        assert before["referrals"] == {"answered": 1, "open": 1}

        await play.forget(card, waiting)
        scene.wait_for_rest()
        record = await play.group_record()
        assert sum("Erased" in told(each) for each in record) == 4, "two cards, a question, a photo"
        assert scene.find_in(json.dumps(record).encode()) == set()
        assert scene.count_files(picture) == 1, "the GP's own chat still shows what was sent"
        await play.see_that(play.leroy, album, lambda m: bool(m["deleted"]), chat=play.clinic)
        assert scene.count_files(photo) == 0, "the photo at full size is deleted"

    assert scene.find_until_clean(scene.data_dir) == set(), "while it runs: the log of writes too"
    after = json.loads(scene.nevus("stats", "--json"))
    assert (after["cases"], after["senders"]) == (before["cases"], before["senders"])
    assert after["referrals"] == {"answered": 1, "withdrawn": 1}, "only what waited is withdrawn"
    assert (after["agreement"], after["to_answer_s"]) == (before["agreement"], before["to_answer_s"])
    assert "2 cases as noted" in scene.nevus("audit", "verify")

    restored = scene.folder / "restored"
    restored.mkdir()
    for name in ("nevus.key", "erasures"):
        shutil.copy(scene.data_dir / name, restored / name)
    assert {"keyed hash of the user", *SEALED} <= scene.find_in(backup.read_bytes())
    assert "Forgotten again: 1 people" in scene.nevus("restore", str(backup), data_dir=restored)
    assert scene.find(restored) == set()
    assert "2 cases as noted" in scene.nevus("audit", "verify", data_dir=restored)
    assert json.loads(scene.nevus("stats", "--json", data_dir=restored))["cases"] == before["cases"]

    assert scene.product.stop() == 0
    assert scene.find(scene.data_dir) == set()
    assert scene.find_in("".join(scene.product.lines).encode()) == set()

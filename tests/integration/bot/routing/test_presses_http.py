"""A press is answered whatever bytes its button carries, and although connections are cut."""

from pathlib import Path

import pytest

from bot.texts import Texts
from tests.support.served import Served, Source, serve

TEXTS = Texts.load()


def forgive_raw_data(served: Served) -> None:
    """Raw callback data do not fit the schema, on purpose."""
    problems = served.judge.problems
    problems[:] = [each for each in problems if "CallbackQuery.data" not in each]


@pytest.mark.parametrize("source", ["polling", "webhook"])
async def test_a_button_with_any_bytes_is_answered_and_so_is_everybody_else(
    tmp_path: Path, source: Source
) -> None:
    async with serve(tmp_path, source) as served:
        stranger, gp = await served.side.person("Dr Leroy"), await served.side.person("Dr Taylor")
        terms = await served.start(stranger)
        label = terms["keyboard"][0][0]["text"]
        old = {str(TEXTS.get(language, "something-old")) for language in ("en", "fr")}
        for raw in (b"\xff\xfe\xfd", rb"\ud83d", rb"\u0000", b"\x00\x01", b"\xed\xa0\xbd"):
            notice = await served.side.press(stranger, terms["id"], label, raw_data=raw)
            assert notice["text"] in old
        await served.accept(gp)
        forgive_raw_data(served)


@pytest.mark.parametrize("kind", ["500", "502", "429", "cut_before"])
async def test_a_press_is_answered_although_the_first_answer_is_lost(tmp_path: Path, kind: str) -> None:
    async with serve(tmp_path, "polling") as served:
        gp = await served.side.person("Dr Taylor")
        terms = await served.start(gp)
        await served.side.order_fault(method="answerCallbackQuery", kind=kind, count=1, retry_after=1)
        notice = await served.side.press(gp, terms["id"], terms["keyboard"][0][0]["text"], raw_data=b"old")
        assert notice["text"] == TEXTS.get("en", "something-old")
        forgive_raw_data(served)

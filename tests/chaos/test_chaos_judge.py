"""The judge of chaos runs finds what it is there to find."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.judge import judge_chat
from tests.chaos.leaks import find_in, find_leaks


def reply(number: int, photo: int, text: str, **more: Any) -> dict[str, Any]:
    message = {"id": number, "reply_to": photo, "from": {"is_bot": True}, "date": number, "edits": []}
    return message | {"deleted": False, "text": text, "caption": None, "photo": None} | more


def test_one_answer_each_in_order_is_good() -> None:
    verdict = judge_chat([1, 2], [reply(3, 1, "Low"), reply(4, 2, "High")])
    assert verdict.is_good
    assert (verdict.answered, verdict.lost, verdict.repeats) == (2, 0, 0)


def test_an_acknowledgement_is_no_answer() -> None:
    verdict = judge_chat([1], [reply(3, 1, "🔎 Reading your photo…")])
    assert (verdict.lost, verdict.left_over, verdict.is_good) == (1, 1, False)


def test_an_acknowledgement_beside_its_answer_is_explained_by_a_kill_or_counted() -> None:
    messages = [reply(3, 1, "🔎 Reading your photo…", date=100), reply(4, 1, "Low", date=130)]
    cut_off = judge_chat([1], messages, kills=[50.0, 101.5])
    assert (cut_off.left_over, cut_off.unexplained) == (1, 0)
    stayed = judge_chat([1], messages, kills=[50.0, 110.0])
    assert (stayed.left_over, stayed.unexplained) == (1, 1)


def test_a_deleted_answer_is_lost() -> None:
    assert judge_chat([1], [reply(3, 1, "Low", deleted=True)]).lost == 1


def test_a_repeat_must_say_so() -> None:
    silent = judge_chat([1], [reply(3, 1, "Low"), reply(4, 1, "Low")])
    assert (silent.unmarked, silent.is_good) == (1, False)
    honest = judge_chat([1], [reply(3, 1, "Low"), reply(4, 1, "↻ Low")])
    assert (honest.unmarked, honest.repeats, honest.is_good) == (0, 1, True)


@pytest.mark.parametrize(
    "note", ["⏳ Telegram has not given me this photo yet", "ℹ️ You sent this photo before"]
)
def test_a_note_beside_an_answer_is_no_repeat_but_may_not_come_twice(note: str) -> None:
    answered = [reply(2, 1, note), reply(3, 1, "LOW RISK")]
    assert judge_chat([1], answered).is_good
    assert judge_chat([1], [*answered, reply(4, 1, note)]).unmarked == 1
    assert judge_chat([1], [*answered, reply(4, 1, f"↻ {note}")]).is_good
    assert judge_chat([1], [reply(2, 1, note)]).lost == 1


def test_a_photo_whose_file_is_late_may_be_overtaken_and_is_explained() -> None:
    late = [reply(3, 1, "⏳ not yet"), reply(6, 1, "HIGH RISK"), reply(7, 1, "⬆️ My answer is above now")]
    verdict = judge_chat([1, 2], [*late, reply(5, 2, "LOW RISK")])
    assert verdict.is_good
    assert (verdict.unmarked, verdict.out_of_order) == (0, 0)
    assert judge_chat([1, 2], [reply(6, 1, "HIGH RISK"), reply(5, 2, "LOW RISK")]).out_of_order == 1


def test_answers_that_overtake_each_other_are_counted() -> None:
    verdict = judge_chat([1, 2], [reply(4, 1, "Low"), reply(3, 2, "High")])
    assert (verdict.out_of_order, verdict.out_of_place, verdict.is_good) == (1, 1, False)


def test_the_moment_of_an_answer_is_when_it_took_the_acknowledgements_place() -> None:
    late = [{"until": 9, "text": "🔎 Reading your photo…", "caption": None, "photo": None}]
    verdict = judge_chat([1, 2], [reply(3, 1, "Low", edits=late), reply(4, 2, "High", date=5)])
    assert verdict.out_of_order == 1


def test_an_answer_above_an_earlier_one_is_out_of_place() -> None:
    """Its acknowledgement went out before a crash lost track of the earlier photo's."""
    late = [{"until": 9, "text": "🔎 Reading your photo…", "caption": None, "photo": None}]
    verdict = judge_chat([1, 2], [reply(8, 1, "Low"), reply(4, 2, "High", edits=late)])
    assert (verdict.out_of_order, verdict.out_of_place, verdict.is_good) == (0, 1, False)


def test_what_must_not_be_in_a_log_is_found() -> None:
    assert find_in("polling as 123:abc", {"token": "123:abc", "key": "ff"}) == ["token"]


def test_every_log_of_a_run_is_searched_and_there_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "chat.log").write_text("a warning about ff")
    with pytest.raises(FileNotFoundError):
        find_leaks(tmp_path, {"key": "ff"})
    (tmp_path / "bot-1").mkdir()
    (tmp_path / "bot-1" / "bot.log").write_text("Nevus runs, and 123:abc")
    assert find_leaks(tmp_path, {"token": "123:abc", "key": "ff", "name": "Canary"}) == ["key", "token"]

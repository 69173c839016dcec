"""What is queued, how, and what is dropped unread."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.updates import NameUnknownError, UpdateError, UpdateFilter, read_address

PRIVATE = {"id": 7, "type": "private"}
BOT = {"id": 99, "is_bot": True}
GROUP = {"id": -7, "type": "supergroup"}


def message(chat: dict[str, Any] = PRIVATE, **more: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 5, "chat": chat, **more}}


def command(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}], **more}


@pytest.mark.parametrize(
    ("raw", "track"),
    [
        (message(text="hello"), "quick"),
        (message(photo=[{}]), "photo"),
        (message(document={"file_id": "x"}), "photo"),
        (message(video={}), "quick"),
        (message(GROUP, **command("/triage@nevus_bot")), "photo"),
        ({"update_id": 1, "edited_message": {"chat": PRIVATE, "photo": [{}]}}, "quick"),
        ({"update_id": 1, "callback_query": {"from": {"id": 9}, "message": {"chat": PRIVATE}}}, "quick"),
    ],
)
def test_photos_wait_their_turn_and_everything_else_overtakes(raw: dict[str, Any], track: str) -> None:
    address = read_address(raw)
    assert address.track == track
    assert address.chat_id in (7, -7)


def test_a_button_of_a_message_that_is_gone_belongs_to_its_presser() -> None:
    assert read_address({"update_id": 1, "callback_query": {"from": {"id": 9}}}).chat_id == 9


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [],
        None,
        {"update_id": "1"},
        {"update_id": True},
        {"update_id": 1.0},
        {"message": {}},
        {"update_id": -1},
        {"update_id": 2**63 - 1},
        {"update_id": 2**63},
    ],
)
def test_what_has_no_usable_number_is_not_an_update(raw: Any) -> None:
    with pytest.raises(UpdateError):
        read_address(raw)


@pytest.mark.parametrize(
    ("raw", "admitted"),
    [
        (message(text="anything"), True),
        (message(GROUP, text="group talk"), False),
        (message(GROUP, photo=[{}]), False),
        (message(GROUP, **command("/help")), True),
        (message(GROUP, **command("/help@nevus_bot")), True),
        (message(GROUP, **command("/help@other_bot")), False),
        (message(GROUP, text="yes", reply_to_message={"from": {"id": 42}}), True),
        (message(GROUP, text="yes", reply_to_message={"from": {"id": 43}}), False),
        (
            message(GROUP, text="🔬 @Nevus_Bot", entities=[{"type": "mention", "offset": 3, "length": 10}]),
            True,
        ),
        (message(GROUP, migrate_to_chat_id=-1), True),
        (message(GROUP, migrate_to_chat_id=-1, **{"from": BOT}), True),
        (message(GROUP, text="yes", reply_to_message={"from": {"id": 42}}, **{"from": BOT}), False),
        (message(GROUP, **command("/help@nevus_bot"), **{"from": BOT}), False),
        (message(GROUP, **command("/help"), **{"from": BOT}, sender_chat=GROUP), True),
        (message(text="anything", **{"from": BOT}), False),
        (message(text="anything", **{"from": {"id": 9, "is_bot": False}}), True),
        (message(text="anything", **{"from": {"id": 9, "is_bot": "no"}}), True),
        (
            {"update_id": 1, "edited_message": {"chat": PRIVATE, "from": BOT, "text": "x"}},
            False,
        ),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP, "from": BOT}}, True),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP}}, True),
        ({"update_id": 1, "callback_query": {}}, True),
        ({"update_id": 1, "poll": {}}, False),
    ],
)
def test_group_talk_that_does_not_address_the_bot_is_dropped(raw: dict[str, Any], admitted: bool) -> None:
    assert UpdateFilter(bot_id=42, username="nevus_bot").admits(raw) is admitted


@pytest.mark.parametrize(
    "raw",
    [
        message(GROUP, **command("/help@nevus_bot")),
        message(GROUP, text="@nevus_bot", entities=[{"type": "mention", "offset": 0, "length": 10}]),
    ],
)
def test_only_what_depends_on_the_bots_name_waits_for_it(raw: dict[str, Any]) -> None:
    update_filter = UpdateFilter(bot_id=42)
    with pytest.raises(NameUnknownError):
        update_filter.admits(raw)
    assert update_filter.admits(message(text="@nevus_bot"))
    assert update_filter.admits(message(GROUP, **command("/help")))
    assert update_filter.admits(message(GROUP, text="yes", reply_to_message={"from": {"id": 42}}))
    assert not update_filter.admits(message(GROUP, text="group talk"))
    update_filter.username = "nevus_bot"
    assert update_filter.admits(raw)


def test_the_items_of_an_album_come_in_with_the_one_that_has_the_words() -> None:
    update_filter = UpdateFilter(bot_id=42, username="nevus_bot")
    words = {"caption": "/triage", "caption_entities": [{"type": "bot_command", "offset": 0, "length": 7}]}
    assert not update_filter.admits(message(GROUP, photo=[{}], media_group_id="2"))
    assert update_filter.admits(message(GROUP, photo=[{}], media_group_id="1", **words))
    assert update_filter.admits(message(GROUP, photo=[{}], media_group_id="1"))


def test_an_album_of_another_bot_is_not_let_in() -> None:
    update_filter = UpdateFilter(bot_id=42, username="nevus_bot")
    reply = {"reply_to_message": {"from": {"id": 42}}, "media_group_id": "3", "from": BOT}
    assert not update_filter.admits(message(GROUP, photo=[{}], **reply))
    assert not update_filter.admits(message(GROUP, photo=[{}], media_group_id="3"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)
NAMES = st.sampled_from(
    ["message", "chat", "from", "entities", "text", "callback_query", "id", "offset", "type"]
)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, JSON) | JSON))
def test_no_json_makes_the_reader_fall_over(raw: dict[str, Any]) -> None:
    UpdateFilter(bot_id=42, username="nevus_bot").admits(raw)
    assert read_address({"update_id": 1} | raw).update_id == 1

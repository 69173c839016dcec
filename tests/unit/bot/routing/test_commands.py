"""Commands are found in texts and captions, and nowhere else."""

from datetime import UTC, datetime

import pytest
from telegram import Chat, Message, MessageEntity

from bot.conversation.menus import CLINIC, GROUP, PRIVATE, list_commands
from bot.routing.commands import ALIASES, CLINIC_COMMANDS, COMMANDS, PRIVATE_ONLY, Command, find_closest
from bot.texts import Texts


def message(text: str, *, offset: int = 0, is_caption: bool = False) -> Message:
    word = text[offset:].split(maxsplit=1)[0]
    entities = [MessageEntity(MessageEntity.BOT_COMMAND, offset, len(word))]
    now = datetime(2026, 3, 1, tzinfo=UTC)
    chat = Chat(1, Chat.PRIVATE)
    if is_caption:
        return Message(1, now, chat, caption=text, caption_entities=entities)
    return Message(1, now, chat, text=text, entities=entities)


@pytest.mark.parametrize("is_caption", [False, True])
def test_a_command_is_read_at_the_beginning(is_caption):
    found = Command.of(message("/Help please", is_caption=is_caption))
    assert found == Command("help", None)


def test_a_command_further_on_is_talk():
    assert Command.of(message("see /help", offset=4)) is None


def test_a_command_for_another_bot_is_known_as_such():
    found = Command.of(message("/help@Other_Bot"))
    assert found is not None
    assert not found.is_for("nevus_bot")
    assert found.is_for("other_bot")


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_leads_to_a_command(alias):
    found = Command.of(message(f"/{alias}"))
    assert found is not None
    assert found.name in COMMANDS


@pytest.mark.parametrize(
    ("written", "meant"), [("histor", "history"), ("hlep", "help"), ("histoire", "history"), ("zzzz", None)]
)
def test_the_closest_command_is_found(written, meant):
    assert find_closest(written) == meant


def test_menus_offer_only_commands_that_exist_and_groups_nothing_personal():
    assert set(PRIVATE) | set(CLINIC) <= {*COMMANDS, *CLINIC_COMMANDS}
    assert set(PRIVATE) >= PRIVATE_ONLY
    assert not set(CLINIC) & PRIVATE_ONLY
    assert set(CLINIC) - set(GROUP) == set(CLINIC_COMMANDS), "a group without a clinic cannot use them"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_menu_entries_are_as_telegram_takes_them(language):
    texts = Texts.load()
    for command in list_commands(texts, language):
        assert 1 <= len(command.description) <= 256
        assert not set("<>&") & set(command.description)
    assert len(texts.get(language, "menu-description")) <= 512
    assert len(texts.get(language, "menu-short-description")) <= 120

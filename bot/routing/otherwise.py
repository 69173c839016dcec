"""Answers what is neither a photo nor a command with a sentence that says what to do."""

from telegram import Message

from bot.cases.lesion_words import take_words
from bot.cases.patient_words import take_patient_words
from bot.clinic.form import take_number
from bot.conversation.consent import greet
from bot.conversation.request import Reply, Request
from bot.texts import join_lines

# What a message carries, in the order in which it is looked for; an animation carries a document too.
_KINDS = (
    ("animation", "animation"),
    ("voice", "voice"),
    ("audio", "voice"),
    ("video", "video"),
    ("video_note", "video"),
    ("sticker", "sticker"),
    ("venue", "location"),
    ("location", "location"),
    ("contact", "contact"),
    ("text", "text"),
)
_WORDLESS = frozenset({"sticker", "location", "contact"})  # these ask nothing about a lesion
# Notes of Telegram itself: nobody asked anything.
_SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "delete_chat_photo",
    "new_chat_photo",
    "new_chat_title",
    "chat_background_set",
    "write_access_allowed",
)


async def answer_anything(request: Request, message: Message) -> Reply:
    """Explain that the bot cannot use the message, and how to go on."""
    if any(getattr(message, name) for name in _SERVICE):
        return Reply()
    kind = next((kind for name, kind in _KINDS if getattr(message, name)), "anything")
    if kind == "text" and not request.has_consented:
        return await greet(request)
    for take in (take_words, take_patient_words, take_number):
        if kind == "text" and (reply := await take(request, message)) is not None:
            return reply
    if kind in _WORDLESS:
        return request.answer(f"otherwise-{kind}")
    text = join_lines((request.say(f"otherwise-{kind}"), request.say("otherwise-safety")), gap="\n\n")
    return Reply(messages=(request.message(text),))

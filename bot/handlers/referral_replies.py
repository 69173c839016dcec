"""Replies in private that belong to a referral: a sentence for its form, a comment, a question back."""

from dataclasses import replace

from telegram import Message

from bot.clinic.comments import take_asked_comment
from bot.clinic.form import take_sentence
from bot.clinic.questions_back import take_reply
from bot.conversation.request import Reply, Visit


async def answer_reply(visit: Visit, message: Message) -> Reply | None:
    """What a reply to one of the bot's messages is for; None where it is for none of these."""
    if message.reply_to_message is None:
        return None
    visit = replace(visit, reply_to=message.message_id)
    for conversation in (take_sentence, take_asked_comment, take_reply):
        reply = await conversation(visit, message)
        if reply is not None:
            return reply
    return None

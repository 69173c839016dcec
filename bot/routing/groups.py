"""Groups: the way to the private chat. Talk that does not address the bot never comes here."""

from dataclasses import replace

from telegram import Message

from bot.clinic.card import clinic_wording
from bot.clinic.comments import take_card_reply
from bot.clinic.teaching import teach
from bot.clinic.worklist import find_clinic_here
from bot.conversation.access import log_refusal
from bot.conversation.attachments import Attachment
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button
from bot.routing.commands import CLINIC_COMMANDS, COMMANDS, PRIVATE_ONLY, Command


async def answer_in_group(request: Request, message: Message) -> Reply:
    """Show the way to the private chat."""
    command = Command.of(message)
    if command and not command.is_for(request.bot.username):
        return Reply()
    if (of_clinic := await _answer_in_clinic(request, message, command)) is not None:
        return of_clinic
    if Attachment.of(message) or (command and command.name == "triage"):
        return _invite(request, "group-photo")
    if command and command.name in PRIVATE_ONLY:
        return _invite(request, "group-private-only", command=f"/{command.name}")
    if command and command.name not in COMMANDS and command.addressee is None:
        return Reply()  # most likely another bot's
    return _invite(request, "group-hello")


async def _answer_in_clinic(request: Request, message: Message, command: Command | None) -> Reply | None:
    """What only a clinic's group is for; None for anything else."""
    if command is not None and command.name in CLINIC_COMMANDS:
        clinic = await find_clinic_here(request)
        if clinic is not None:
            request = replace(request, wording=clinic_wording(request.services, clinic))
            return await CLINIC_COMMANDS[command.name](request)
    asks = command is not None and command.name == "triage"
    return await take_card_reply(request, message) or await teach(request, message, asks=asks)


def answer_anonymous(request: Request) -> Reply:
    """The answer to an anonymous administrator, or to a channel that writes in its group."""
    log_refusal(request, "anonymous")
    return request.answer("group-anonymous")


def _invite(request: Request, message_id: str, **arguments: object) -> Reply:
    link = Button(text=request.say("button-private"), url=f"https://t.me/{request.bot.username}?start=group")
    return Reply(messages=(request.message(request.say(message_id, **arguments), keyboard=((link,),)),))

"""Groups: the way to the private chat. Talk that does not address the bot never comes here."""

from dataclasses import replace

from telegram import Message

from bot.clinic.card import clinic_wording
from bot.clinic.comments import take_card_reply
from bot.clinic.teaching import teach
from bot.clinic.worklist import find_clinic_here
from bot.conversation.access import log_refusal
from bot.conversation.attachments import Attachment
from bot.conversation.request import Reply, Visit
from bot.delivery.outgoing import Button
from bot.routing.commands import CLINIC_COMMANDS, COMMANDS, PRIVATE_ONLY, Command


async def answer_in_group(visit: Visit, message: Message) -> Reply:
    """Show the way to the private chat."""
    command = Command.of(message)
    if command and not command.is_for(visit.bot.username):
        return Reply()
    if (of_clinic := await _answer_in_clinic(visit, message, command)) is not None:
        return of_clinic
    if Attachment.of(message) or (command and command.name == "triage"):
        return _invite(visit, "group-photo")
    if command and command.name in PRIVATE_ONLY:
        return _invite(visit, "group-private-only", command=f"/{command.name}")
    if command and command.name not in COMMANDS and command.addressee is None:
        return Reply()  # most likely another bot's
    return _invite(visit, "group-hello")


async def _answer_in_clinic(visit: Visit, message: Message, command: Command | None) -> Reply | None:
    """What only a clinic's group is for; None for anything else."""
    if command is not None and command.name in CLINIC_COMMANDS:
        clinic = await find_clinic_here(visit)
        if clinic is not None:
            visit = replace(visit, wording=clinic_wording(visit.services, clinic))
            return await CLINIC_COMMANDS[command.name](visit)
    asks = command is not None and command.name == "triage"
    return await take_card_reply(visit, message) or await teach(visit, message, asks=asks)


def answer_anonymous(visit: Visit) -> Reply:
    """An administrator who hides, or a channel that speaks in its group: nobody to answer to."""
    log_refusal(visit, "anonymous")
    return visit.answer("group-anonymous")


def _invite(visit: Visit, message_id: str, **arguments: object) -> Reply:
    link = Button(text=visit.say("button-private"), url=f"https://t.me/{visit.bot.username}?start=group")
    return Reply(messages=(visit.message(visit.say(message_id, **arguments), keyboard=((link,),)),))

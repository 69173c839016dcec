"""What the sender of a referral is told, in their language, with the safety net."""

from dataclasses import replace

from bot.clinic.card import Posted
from bot.clinic.facts import Said, say_verdict
from bot.clinic.sealed_forms import details_of, open_comment, return_address
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.delivery.outgoing import Button, Outgoing, Priority
from bot.texts import Html, join_lines
from storage.clinic.referrals import Referral
from storage.clinic.verdicts import Verdict


def tell_verdict(services: Services, posted: Posted, verdict: Verdict) -> Outgoing | None:
    """An answer, a correction or a comment; None where the sender can no longer be reached."""
    wording = word(services, posted.referral.language)
    number = posted.referral.case_number
    if verdict.kind == "comment":
        said = wording.say("notice-comment", case=number)
    else:
        title = "notice-correction" if verdict.is_correction else "notice-verdict"
        answer = say_verdict(Said(kind=verdict.kind, months=verdict.months), wording)
        said = join_lines((wording.say(title, case=number), wording.say("notice-said", verdict=answer)))
    words = open_comment(services, verdict.comment) if verdict.comment is not None else None
    blocks = (
        said,
        wording.say("card-comment", comment=words) if words is not None else "",
        wording.say("notice-safety-net"),
        wording.say("notice-reply"),
    )
    name = f"verdict:{len(posted.verdicts)}"
    told = tell_sender(services, posted.referral, join_lines(blocks, gap="\n\n"), name=name)
    if told is None or verdict.kind != "monitor":
        return told
    remind = Button(text=wording.say("button-remind"), data=f"r:{number}")
    return replace(told, keyboard=((remind,),))


def tell_sender(services: Services, referral: Referral, text: str, *, name: str) -> Outgoing | None:
    """A message to the sender; its key says whose refusal makes them unreachable."""
    chat_id = return_address(services, referral)
    if chat_id is None:
        return None
    return Outgoing(
        key=f"referral:{referral.token}:to-sender:{name}",
        chat_id=chat_id,
        text=text,
        reply_to_message_id=details_of(services, referral).message_id,
        priority=Priority.REFERRAL,
        language=referral.language,
    )


def tell_lost(services: Services, referrals: list[Referral]) -> tuple[Outgoing, ...]:
    """To every waiting sender: their clinic cannot be reached any more."""
    told = [
        tell_sender(services, each, _lost(services, each), name="lost") for each in referrals if each.is_open
    ]
    return tuple(each for each in told if each is not None)


def _lost(services: Services, referral: Referral) -> Html:
    return word(services, referral.language).say("notice-lost", case=referral.case_number)

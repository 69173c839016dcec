"""Messages to the sender of a referral, in their language, with the safety net."""

from bot.clinic.sealed_forms import details_of, return_address
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.delivery.outgoing import Outgoing, Priority
from storage.clinic.referrals import Referral


def notify_sender(services: Services, referral: Referral, text: str, *, name: str) -> Outgoing | None:
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


def notify_of_lost_referrals(services: Services, referrals: list[Referral]) -> tuple[Outgoing, ...]:
    """To every waiting sender: their clinic cannot be reached any more."""
    notices = [
        notify_sender(services, each, words.say("notice-lost", case=each.case_number), name="lost")
        for each in referrals
        if each.is_open
        for words in [word(services, each.language)]
    ]
    return tuple(each for each in notices if each is not None)

"""How many photos one sender may have read within an hour. Past it a photo is kept, and read later."""

import math
from datetime import timedelta
from typing import Final

from bot.conversation.request import Reply, Visit
from bot.delivery.outgoing import Outgoing, Priority
from storage.database import ReadSession
from storage.pace import find_nth_newest

HOUR: Final = timedelta(hours=1)


async def find_pause(visit: Visit, session: ReadSession) -> timedelta | None:
    """How long the sender's next photo has to wait; None when it may be read now."""
    if visit.person is None:
        return None
    now, most = visit.now(), visit.services.settings.photos_per_hour
    moment = await find_nth_newest(session, visit.person.subject, place=most, since=now - HOUR)
    return None if moment is None else max(moment + HOUR - now, timedelta(seconds=1))


def ask_to_wait(visit: Visit, pause: timedelta) -> Reply:
    """Say that the photo is kept and when it is read. However often it is put off, this is said once."""
    minutes = math.ceil(pause.total_seconds() / 60)
    text = visit.say("photos-limit", limit=visit.services.settings.photos_per_hour, minutes=minutes)
    said = Outgoing(
        key=f"{visit.turn.key}:limit",
        chat_id=visit.chat_id,
        text=text,
        reply_to_message_id=visit.reply_to,
        replaces=f"{visit.turn.key}:ack",
        priority=Priority.ACKNOWLEDGEMENT,
        language=visit.wording.language,
    )
    return Reply(messages=(said,), pause_s=pause.total_seconds())

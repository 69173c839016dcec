"""The case whose answer a new photo replies to: it shows the same lesion, as the sender says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from telegram import Message

from bot.cases.lasting_answers import add_lasting, find_lasting, list_same_lesion
from bot.cases.lesion_labels import words_of
from bot.cases.photo_reading import OpenedPhoto
from bot.cases.view import read_context, view_case
from bot.conversation.replied_case import find_only_number, names_only_earlier
from bot.conversation.request import Request
from bot.texts import Html
from inference.findings import choose_lesion
from inference.readings import Context, PhotoFindings, RiskLevel
from storage.clinic.flags import Flag, find_flag
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession
from storage.record.cases import Case, find_case_of_photo, get_case
from storage.record.lesions import follow_case, join_lesion

_MOVED_MOST: Final = 0.1  # of a lesion's long side: another release may mark the same lesion a little aside
ALBUM_MOST: Final = 10  # photos that Telegram puts into an album, so that one answer is about no more


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedCase:
    """An earlier case of the sender, and the flag of its lesion."""

    case: Case
    flag: Flag | None
    lasting: Context = field(default_factory=Context)  # what was said about other photos of its lesion

    def shows(self, opened: Sequence[OpenedPhoto]) -> bool:
        """Whether one of these photos is its own, sent again."""
        own = {each.photo_hash for each in self.case.photos}
        return any(not own.isdisjoint(each.hashes) for each in opened)

    def pick_again(self, opened: Sequence[OpenedPhoto]) -> list[OpenedPhoto]:
        """Its photos as they were read anew, with the lesion that was picked on them.

        Empty if the finder does not mark the picked lesion in its place any more.
        """
        before = {each.photo_hash: each.findings for each in view_case(self.case).photos}
        again: list[OpenedPhoto] = []
        for each in opened:
            old = next((before[key] for key in each.hashes if key in before), None)
            if old is None or not old.is_picked:
                again.append(each)
                continue
            picked = _pick_same(each.seen.findings, old)
            if picked is None:
                return []
            again.append(replace(each, seen=replace(each.seen, findings=picked)))
        return again

    def find_context(self, *, is_about_same: bool) -> Context:
        """What the sender answered about it. Nothing lowers a level, so it holds for a photo read with it.

        It holds for the same photo sent again, too. For another photo of the lesion that is read alone, what
        does not change with time and forbids `low` holds.
        """
        said = add_lasting(read_context(self.case.context), self.lasting)
        if is_about_same:
            return said
        return find_lasting(said)

    def say_read(self, request: Request, *, new: str, count: int) -> Html:
        """How many of its photos a new case was read with; the new case's number comes first."""
        if count:
            return request.say("photo-read-together", new=new, case=self.case.number, count=count)
        return request.say("photo-read-alone", case=self.case.number, most=ALBUM_MOST)

    @property
    def together(self) -> RiskLevel | None:
        """What its photo got when it was read with another one, before an album was split."""
        return view_case(self.case).together


def _pick_same(found: PhotoFindings, before: PhotoFindings) -> PhotoFindings | None:
    """The findings with the lesion picked that was picked before; None if it is not among them."""
    old = before.lesions[before.chosen].box
    for index, lesion in enumerate(found.lesions):
        if math.dist(lesion.box.centre, old.centre) < old.long_side * _MOVED_MOST:
            return choose_lesion(found, index, is_picked=True)
    return None


async def find_replied(request: Request, message: Message) -> RepliedCase | None:
    """The sender's case that is replied to; None without a reply, or if it is not theirs.

    If only the earlier of two cases is named, the newest one with its photos is meant.
    """
    number = find_only_number(request, message)
    if number is None or request.person is None:
        return None
    subject = request.person.subject
    async with request.services.database.read() as session:
        case = await get_case(session, number, subject=subject)
        if case is not None and names_only_earlier(message):
            hashes = [each.photo_hash for each in case.photos]
            newest = await find_case_of_photo(session, hashes, subject=subject)
            case = await get_case(session, newest[0], subject=subject) if newest else case
        if case is None:
            return None
        flag = await find_flag(session, case.number, subject=subject)
    others = [find_lasting(read_context(each.context)) for each in await list_same_lesion(request, case)]
    return RepliedCase(case=case, flag=flag, lasting=reduce(add_lasting, others, Context()))


async def check_unchanged(session: WriteSession, replied: RepliedCase) -> None:
    """Make sure that the new case rests on what its sender and the clinic have said by now.

    Raises:
        Conflict: the earlier case was answered, flagged or split meanwhile; the turn is processed again.
    """
    number, owner = replied.case.number, replied.case.subject
    case = await get_case(session, number, subject=owner)
    flag = await find_flag(session, number, subject=owner)
    if case is None or case.context != replied.case.context or flag != replied.flag:
        raise Conflict("The case that is replied to has changed.")


async def join_replied(session: WriteSession, replied: RepliedCase, request: Request, case: Case) -> None:
    """Assign a new case to the lesion of the case that it replies to: they share a flag or photos.

    So what is said about one of them later holds for the other.
    """
    earlier, words = replied.case, len(words_of(request, "first"))
    owner, now = earlier.subject, request.now()
    lesion_id = await follow_case(session, earlier.id, subject=owner, words=words, now=now)
    await join_lesion(session, case.id, subject=owner, lesion_id=lesion_id, now=now)


__all__ = ["ALBUM_MOST", "RepliedCase", "check_unchanged", "find_replied", "join_replied"]

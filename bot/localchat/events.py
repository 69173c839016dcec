"""What the page hears of, as it happens and again after a break."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.localchat.journal import Journal
from bot.localchat.records import Event, Json

_KEPT = 5000  # enough for a page that was away for a while; it reads the transcript for the rest


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open page of one person."""

    person_id: int
    queue: asyncio.Queue[tuple[Event, Json | None] | None] = field(default_factory=asyncio.Queue)


class EventLog:
    """Numbered events. Transient ones (typing) reach open pages only; others can be replayed."""

    def __init__(self, journal: Journal, settings: Json) -> None:
        self._journal = journal
        self._events = journal.load(Event)
        self._seq: int = max([settings.get("event_seq", 0), *(event.seq for event in self._events)])
        self._subscribers: set[Subscriber] = set()

    @property
    def seq(self) -> int:
        """The number of the latest event."""
        return self._seq

    def publish(
        self, kind: str, people: Iterable[int], *, chat_id: int, message_id: int | None = None
    ) -> None:
        """Tells people of something, now or when they come back."""
        event = self._number(kind, people, chat_id, message_id)
        self._events.append(event)
        self._journal.save(event)
        if len(self._events) > _KEPT + _KEPT // 10:
            self._forget_oldest()
        self._send(event, None)

    def announce(self, kind: str, people: Iterable[int], data: Json) -> None:
        """Tells open pages of something that matters only now."""
        if self._subscribers:
            self._send(self._number(kind, people, None, None), data)

    def subscribe(self, person_id: int) -> Subscriber:
        """Opens a stream; what happens from now on goes to its queue. None in the queue ends it."""
        subscriber = Subscriber(person_id)
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Closes a stream."""
        self._subscribers.discard(subscriber)

    def since(self, seq: int, person_id: int) -> list[Event]:
        """Kept events after `seq` for a person."""
        return [event for event in self._events if event.seq > seq and person_id in event.people]

    def close(self) -> None:
        """Ends all streams."""
        for subscriber in self._subscribers:
            subscriber.queue.put_nowait(None)

    def _number(self, kind: str, people: Iterable[int], chat_id: int | None, message_id: int | None) -> Event:
        self._seq += 1
        self._journal.set("event_seq", self._seq)
        return Event(self._seq, kind, chat_id, message_id, list(people))

    def _forget_oldest(self) -> None:
        gone, self._events = self._events[:-_KEPT], self._events[-_KEPT:]
        for event in gone:
            self._journal.drop(event)

    def _send(self, event: Event, data: Json | None) -> None:
        for subscriber in self._subscribers:
            if subscriber.person_id in event.people:
                subscriber.queue.put_nowait((event, data))

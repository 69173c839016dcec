"""Events for the page: sent live, and replayed after a break."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.localchat.record_store import RecordStore
from bot.localchat.records import Event, Json

_KEPT = 5000  # a page that missed more than these reads the transcript


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open page of one person."""

    person_id: int
    queue: asyncio.Queue[tuple[Event, Json | None] | None] = field(default_factory=asyncio.Queue)


class EventLog:
    """Numbered events. Transient ones (typing) reach open pages only; the others can be replayed."""

    def __init__(self, store: RecordStore, settings: Json) -> None:
        self._store = store
        self._events = store.load(Event)
        self._seq: int = max([settings.get("event_seq", 0), *(event.seq for event in self._events)])
        self._subscribers: set[Subscriber] = set()

    @property
    def seq(self) -> int:
        """The number of the latest event."""
        return self._seq

    def publish(
        self, kind: str, people: Iterable[int], *, chat_id: int, message_id: int | None = None
    ) -> None:
        """Sends an event to people, now or when they reconnect."""
        event = self._number(kind, people, chat_id, message_id)
        self._events.append(event)
        self._store.save(event)
        if len(self._events) > _KEPT + _KEPT // 10:  # deletes many at once, not one at each event
            gone, self._events = self._events[:-_KEPT], self._events[-_KEPT:]
            for old in gone:
                self._store.drop(old)
        self._send(event, None)

    def send_transient(self, kind: str, people: Iterable[int], data: Json) -> None:
        """Sends an event to open pages only; it is not replayed."""
        if self._subscribers:
            self._send(self._number(kind, people, None, None), data)

    def subscribe(self, person_id: int) -> Subscriber:
        """Opens a stream. Later events go to its queue; None ends it."""
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
        self._store.set("event_seq", self._seq)
        return Event(self._seq, kind, chat_id, message_id, list(people))

    def _send(self, event: Event, data: Json | None) -> None:
        for subscriber in self._subscribers:
            if subscriber.person_id in event.people:
                subscriber.queue.put_nowait((event, data))

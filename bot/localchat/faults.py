"""Faults that a test injects: refusals, cut connections, slow, short or unreadable answers."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from bot.localchat.errors import BotApiError, TooManyRequests, refused
from bot.localchat.records import Json

KINDS = frozenset({"cut_before", "cut_after", "slow", "truncate", "short", "not_json"})
"""What a fault can be, besides an HTTP status from 400 to 599 as a string ("400", "502")."""

FILE_DOWNLOAD = "file"
"""The `method` of a fault that strikes downloads."""

_ERROR_STATUSES = frozenset(str(status.value) for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST)
_GATEWAY_STATUSES = frozenset({502, 503, 504})  # a proxy answers these with a page of HTML, not with JSON


@dataclass(slots=True)
class Fault:
    """One injected fault.

    Attributes:
        method: a Bot API method, `*` for all methods, or `file` for downloads.
        kind: one of `KINDS`, or an HTTP status.
        count: how often it strikes; None for always.
        rate: share of the matching requests that it strikes, 0 to 1, drawn from `seed`.
        chat_id: only requests with this `chat_id`.
        file_id: only `getFile` and downloads of this file.
        description: Telegram's description in a refusal ("Bad Request: IMAGE_PROCESS_FAILED").
        retry_after: seconds in a refusal with status 429.
        delay_s: pause of a slow answer.
        hits: how often it has struck.
    """

    method: str
    kind: str
    count: int | None = None
    rate: float = 1.0
    seed: int | None = None
    retry_after: int = 1
    delay_s: float = 1.0
    chat_id: int | None = None
    file_id: str | None = None
    description: str | None = None
    hits: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Seeds the random numbers."""
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    @property
    def status(self) -> int | None:
        """The HTTP status of a refusal; None for the other kinds."""
        return int(self.kind) if self.kind.isdecimal() else None

    @property
    def answers_with_html(self) -> bool:
        """Whether the answer is a page of HTML instead of the expected JSON."""
        return self.kind == "not_json" or self.status in _GATEWAY_STATUSES

    def strikes(self, method: str, chat_id: int | None = None, file_ids: Collection[str] = ()) -> bool:
        """Whether this request is hit; counts it if so."""
        everywhere = self.method == "*" and method != FILE_DOWNLOAD
        if self.method != method and not everywhere:
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.file_id is not None and self.file_id not in file_ids:
            return False
        if (self.count is not None and self.hits >= self.count) or self._random.random() >= self.rate:
            return False
        self.hits += 1
        return True

    def refusal(self) -> BotApiError | None:
        """The error that the bot gets instead of a result; None for the other kinds."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return TooManyRequests(self.retry_after)
        if self.status is None:
            return None
        return BotApiError(self.status, self.description or HTTPStatus(self.status).phrase)

    def describe(self) -> Json:
        """The fault as JSON, with `hits`."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


def parse_fault(raw: Json) -> Fault:
    """A fault from its JSON.

    Raises:
        PersonApiError: an unknown field or kind, or a value of the wrong type.
    """
    raw = {**raw, "kind": str(raw.get("kind"))}
    raw.pop("hits", None)
    if raw["kind"] not in KINDS | _ERROR_STATUSES:
        kinds = ", ".join(sorted(KINDS))
        raise refused("bad_fault", f"kind must be an HTTP status from 400 to 599 or one of {kinds}")
    try:
        fault = Fault(**{"method": "*", **raw})
        _check_values(fault)
    except (TypeError, ValueError) as error:
        raise refused("bad_fault", str(error)) from error
    return fault


def _check_values(fault: Fault) -> None:
    numbers: tuple[Any, ...] = (fault.rate, fault.retry_after, fault.delay_s, fault.count or 0)
    if not all(isinstance(number, (int, float)) for number in numbers) or not 0 <= fault.rate <= 1:
        message = "rate is from 0 to 1; count, retry_after and delay_s are numbers"
        raise ValueError(message)
    if fault.kind == "short" and fault.method != FILE_DOWNLOAD:
        message = "only a download can be short"
        raise ValueError(message)

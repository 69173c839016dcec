"""The groups of the settings' tree; see `bot.settings`."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from inference.remote.address import ServerAddress


class Group(BaseModel):
    """Values that are read once and never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Positive = Annotated[float, Field(gt=0, le=1e9)]
Days = Annotated[float, Field(gt=0, le=36_500)]  # a date that long ago can be computed
Count = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=0, le=65_535)]
WHAT_TO_SET: Final = "what_to_set"  # type of an error whose text goes on after "Set NEVUS_... to"


def _read_ids(value: Any) -> Any:
    """Ids from a text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return tuple(int(each) for each in value.replace(",", " ").split())
    except ValueError:
        raise PydanticCustomError(
            WHAT_TO_SET, "Telegram user ids (numbers) with commas between them"
        ) from None


Ids = Annotated[tuple[int, ...], BeforeValidator(_read_ids)]


def _refuse_home(path: Path) -> Path:
    """Refuse a path that only a shell would expand: a folder called `~` would be made."""
    if str(path).startswith("~"):
        raise PydanticCustomError(WHAT_TO_SET, "a whole path: ~ is not expanded here")
    return path


WholePath = Annotated[Path, AfterValidator(_refuse_home)]

Addresses = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: value.replace(",", " ").split() if isinstance(value, str) else value),
    AfterValidator(lambda value: tuple(str(ServerAddress.parse(each)) for each in value)),
]


class Telegram(Group):
    """The Bot API."""

    token: SecretStr | None = Field(
        None, description="Token of the bot, from @BotFather. Without one, `nevus run` starts the local chat."
    )
    api_url: str = Field(
        "https://api.telegram.org", description="Address of the Bot API server (operators may run their own)."
    )
    files_dir: WholePath | None = Field(
        None,
        description="With a Bot API server of your own that runs with `--local`: its folder, mounted here at "
        "the same path (read-only is enough). Photos are read from it, and from nowhere else on the disk.",
    )
    poll_s: Count = Field(30, description="How long one getUpdates waits at the server, in seconds.")
    poller_lease_s: Positive = Field(
        10,
        description="With PostgreSQL and long polling: if the polling process dies, another one replaces it "
        "after this many seconds (sooner if it was stopped).",
    )


class Webhook(Group):
    """Updates pushed by Telegram instead of fetched."""

    url: str | None = Field(
        None, description="Public https address that Telegram calls. Set: webhook; not set: long polling."
    )
    host: str = Field("127.0.0.1", description="Address that the webhook server listens on.")
    port: Port = Field(8443, description="Port that the webhook server listens on.")
    path: str | None = Field(None, description="Path it answers; by default the path of the public address.")
    secret: SecretStr | None = Field(
        None,
        description="The value of Telegram's secret header (1 to 256 of A-Z a-z 0-9 _ -). By default derived "
        "from the key file, so that several processes behind one address have the same.",
    )
    max_connections: int = Field(
        40, ge=1, le=100, description="Requests that Telegram may have open at once."
    )


class LimitSettings(Group):
    """How fast the bot writes; Telegram's own limits by default."""

    overall_per_s: Positive = Field(30, description="Messages a second, over all chats.")
    chat_per_s: Positive = Field(1, description="Messages a second in one chat.")
    chat_burst: Count = Field(3, description="Messages that one chat may get at once after a pause.")
    group_per_min: Positive = Field(20, description="Messages a minute in one group.")


class Oip(Group):
    """Inference servers that speak the Open Inference Protocol v2."""

    addresses: Addresses = Field(
        (),
        description="With `NEVUS_ENGINE=oip`: the servers, separated by commas, each as "
        "`grpc://host:port` (needs the extra `engine`, which `make run` and the image contain) or "
        "`http://host:port`; `grpcs` and `https` for TLS.",
    )
    timeout_s: Positive = Field(
        5,
        description="Seconds without an answer after which another server is asked.",
    )
    probe_s: Positive = Field(
        5, description="How often each server is asked whether it is ready, in seconds."
    )
    fallback: bool = Field(
        False,
        description="Whether the networks run in the bot's own process while no server is ready. If not, "
        "photos wait.",
    )


class Work(Group):
    """How updates are worked on."""

    photo_turns: Count = Field(8, description="Photos (or albums) processed at once.")
    busy_photos: Count = Field(
        40, description="If more photos than this wait, senders get the expected wait."
    )
    quick_turns: Count = Field(8, description="Commands, buttons and texts processed at once.")
    album_wait_s: float = Field(
        1.2,
        ge=0,
        le=10,
        description="An album counts as complete this long after its last photo, in seconds.",
    )
    turn_timeout_s: Positive = Field(120, description="A turn that takes longer fails, in seconds.")
    max_attempts: Count = Field(3, description="An update that fails this often is set aside.")
    max_crashes: Count = Field(
        2, description="An update that ended the process this often while it was read is set aside."
    )
    held_hours: Positive = Field(
        24, le=8_760, description="A photo waits this long for consent, then is erased, in hours."
    )
    set_aside_days: Days = Field(7, description="Updates set aside are erased after this many days.")
    remember_days: Days = Field(
        7, description="Numbers of finished updates and messages are kept this long, to recognise repeats."
    )
    grace_s: Positive = Field(20, description="Time to finish what is being processed at a stop, in seconds.")
    lease_s: Positive = Field(
        60, description="With PostgreSQL: seconds after which another process takes over from a dead one."
    )


class ClinicSettings(Group):
    """How clinics are reminded."""

    timezone: str = Field("UTC", description="Time zone of working days and digests, such as `Europe/Paris`.")
    digest_hour: int = Field(8, ge=0, le=23, description="Hour of the daily list of open cases.")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("name a time zone of the IANA list, such as Europe/Paris")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)


class LocalChatSettings(Group):
    """The chat page that stands in for Telegram when there is no token."""

    port: Port = Field(8080, description="Port of the local chat on loopback; 0 takes any free one.")


class MonitorSettings(Group):
    """Health, readiness, metrics and traces."""

    port: Port | None = Field(
        None,
        description="Port of /healthz, /readyz and /metrics; 0 takes any free one. Not set: none is opened.",
    )
    host: str = Field(
        "127.0.0.1",
        description="Address of that port. It asks for no password: keep it on loopback, or in a network "
        "that only the monitoring can reach.",
    )
    traces: bool = Field(
        False,
        description="Send traces by OpenTelemetry (extra `traces`); OTEL_EXPORTER_OTLP_ENDPOINT says where.",
    )

    @property
    def is_on(self) -> bool:
        """Whether anything is to be watched."""
        return self.port is not None or self.traces


class Log(Group):
    """What is written to standard error."""

    format: Literal["text", "json"] = Field("text", description="`text` for people, `json` for machines.")
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The lowest level that is logged."
    )

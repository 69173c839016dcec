"""The settings, read once at the start into one frozen tree.

Names in the environment are `NEVUS_` plus the path in the tree: `webhook.port` is `NEVUS_WEBHOOK_PORT`.
A secret may be in a file instead, named by the same name plus `_FILE`.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot.errors import OperatorError
from bot.settings_groups import (
    WHAT_TO_SET,
    ClinicSettings,
    Count,
    Group,
    Ids,
    LimitSettings,
    LocalChatSettings,
    Log,
    MonitorSettings,
    Oip,
    Telegram,
    Webhook,
    WholePath,
    Work,
)

PREFIX: Final = "NEVUS_"
RELEASED: Final = Path(__file__).resolve().parent.parent / "models" / "released"
WELL_FORMED: Final = r"^\d+:[A-Za-z0-9_-]{8,}$"


class SettingsError(OperatorError):
    """The start is refused: the text is one sentence that says what to set."""


class Settings(Group):
    """The tree."""

    env: Literal["development", "production"] = Field(
        "development", description="`production` refuses to start without a token."
    )
    data_dir: WholePath = Field(
        Path("var"), description="Directory of the database, the key and the local chat's files."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy address. By default SQLite in the data directory.", repr=False
    )
    key_file: WholePath | None = Field(
        None, description="Key for pseudonyms and sealing; by default `nevus.key` in the data directory."
    )
    models_dir: WholePath = Field(RELEASED, description="Directory of cnn.onnx, vit.onnx and pair.json.")
    engine: Literal["local", "oip"] = Field(
        "local",
        description="Where the networks run: `local` in this process, `oip` on inference servers that speak "
        "the Open Inference Protocol v2 (`NEVUS_OIP_ADDRESSES`).",
    )
    engine_threads: Count | None = Field(
        None,
        description="Photos that are read (decoded, gated, classified) at once; by default one per core, "
        "within the CPU quota if there is one.",
    )
    language: Literal["en", "fr"] = Field(
        "en", description="Language for people whose Telegram uses neither."
    )
    prevalence: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Share of melanomas among the lesions that are sent; figures in answers assume it.",
    )
    pathway: str = Field(
        "suspected cancer pathway",
        max_length=80,
        description="What an urgent referral is called where you work.",
    )
    acknowledge_after_s: float = Field(
        0.45,
        ge=0,
        le=10,
        description="An answer that takes longer is preceded by an acknowledgement, in seconds.",
    )
    photos_per_hour: Count = Field(
        60, description="Photos of one sender that are read within an hour; later ones wait."
    )
    max_download_bytes: int = Field(
        20_000_000, ge=1, le=20_000_000, description="Larger files are refused (getFile gives 20 MB at most)."
    )
    retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="A person who sent nothing for this many days, and has no open referral or reminder, is "
        "forgotten as by /forget. Not set: people are forgotten only if they ask.",
    )
    redraw_hours: float = Field(
        48,
        ge=0,
        le=720,
        description="How long the sealed file ids of a case's photos are kept, in hours: its card can be "
        "redrawn if the checklist changes the level.",
    )
    admins: Ids = Field(
        (),
        description="Telegram user ids of the admins, separated by commas: they link clinics, invite and "
        "remove people and see the statistics. Default in the local chat: the creators of its groups.",
    )
    access: Literal["open", "clinic"] = Field(
        "open",
        description="Whose photos are read: `open` means everyone's, `clinic` only those of invited senders.",
    )
    invite_hours: float = Field(72, gt=0, le=720, description="How long an invitation can be used, in hours.")
    telegram: Telegram = Telegram()
    webhook: Webhook = Webhook()
    limits: LimitSettings = LimitSettings()
    work: Work = Work()
    oip: Oip = Oip()
    clinic: ClinicSettings = ClinicSettings()
    localchat: LocalChatSettings = LocalChatSettings()
    monitor: MonitorSettings = MonitorSettings()
    log: Log = Log()

    @property
    def sql_url(self) -> str:
        """The URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'nevus.sqlite'}"

    @property
    def key_path(self) -> Path:
        """The path of the key file."""
        return self.key_file or self.data_dir / "nevus.key"

    @property
    def one_process(self) -> bool:
        """Whether only this process can use the database."""
        return self.sql_url.startswith("sqlite")


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting as the environment names it."""

    name: str
    path: tuple[str, ...]
    field: FieldInfo

    @property
    def is_secret(self) -> bool:
        """Whether it may also be read from the file that `<name>_FILE` names."""
        return SecretStr in (self.field.annotation, *get_args(self.field.annotation)) or self.name.endswith(
            "DATABASE_URL"
        )

    @property
    def default(self) -> str:
        """The default as it would be written in the environment; empty when there is none."""
        value = self.field.default
        if value is None or value == ():
            return ""
        return str(value.relative_to(RELEASED.parents[1])) if value == RELEASED else str(value)


def iterate_variables(group: type[BaseModel] = Settings, path: tuple[str, ...] = ()) -> Iterator[Variable]:
    """Every setting there is, in the order of the tree."""
    for name, field in group.model_fields.items():
        here = (*path, name)
        if (
            get_origin(field.annotation) is None
            and isinstance(field.annotation, type)
            and issubclass(field.annotation, BaseModel)
        ):
            yield from iterate_variables(field.annotation, here)
        else:
            yield Variable(PREFIX + "_".join(here).upper(), here, field)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The tree from an environment; an empty value counts as not set.

    Raises:
        SettingsError: a value is not allowed, or a file named by `_FILE` cannot be read.
    """
    tree: dict[str, Any] = {}
    for variable in iterate_variables():
        value = _read_value(variable, environment)
        if value is not None:
            branch = tree
            for step in variable.path[:-1]:
                branch = branch.setdefault(step, {})
            branch[variable.path[-1]] = value
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_describe(error)) from None
    _check_together(settings)
    return settings


def find_unknown(environment: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """Variables that are not recognised settings, each with the closest known name."""
    known = [variable.name for variable in iterate_variables()]
    known += [f"{variable.name}_FILE" for variable in iterate_variables() if variable.is_secret]
    strange = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return [(name, next(iter(difflib.get_close_matches(name, known, n=1)), None)) for name in strange]


def describe_unknown(name: str, closest: str | None) -> str:
    """A sentence on one of `find_unknown`'s."""
    hint = f"; did you mean {closest}?" if closest else ""
    return f"{name} is not a recognised setting{hint}"


def _read_value(variable: Variable, environment: Mapping[str, str]) -> str | None:
    value = environment.get(variable.name, "").strip()
    file = environment.get(f"{variable.name}_FILE", "").strip() if variable.is_secret else ""
    if value and file:
        raise SettingsError(f"Set {variable.name} or {variable.name}_FILE, not both.")
    if not file:
        return value or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{variable.name}_FILE names a file that cannot be read.") from None


def _describe(error: ValidationError) -> str:
    """One sentence; never the value, which may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # A number is a place in a list, and no part of the setting's name.
    name = PREFIX + "_".join(step for step in first["loc"] if isinstance(step, str)).upper()
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == WHAT_TO_SET:
        return f"Set {name} to {message}."
    reason = message[0].lower() + message[1:]
    return f"Set {name} to another value: {reason}."


def _check_together(settings: Settings) -> None:
    _check_database_url(settings)
    token = settings.telegram.token
    if token is not None and not re.match(WELL_FORMED, token.get_secret_value()):
        raise SettingsError(
            "Set NEVUS_TELEGRAM_TOKEN to a token as @BotFather gives it (digits, a colon, letters)."
        )
    if token is None and settings.webhook.url:
        raise SettingsError("Set NEVUS_TELEGRAM_TOKEN: NEVUS_WEBHOOK_URL is set, and a webhook needs a bot.")
    if token is None and settings.env == "production":
        raise SettingsError("Set NEVUS_TELEGRAM_TOKEN: NEVUS_ENV is production, which has no local chat.")
    if settings.engine == "oip" and not settings.oip.addresses:
        raise SettingsError("Set NEVUS_OIP_ADDRESSES to the inference servers: NEVUS_ENGINE is oip.")
    secret = settings.webhook.secret
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
        raise SettingsError(
            "Set NEVUS_WEBHOOK_SECRET to 1 to 256 of A-Z a-z 0-9 _ - (Telegram allows no others)."
        )


def _check_database_url(settings: Settings) -> None:
    """Refuse an address that is none before a command makes or names a file by it."""
    if settings.database_url is not None:
        from storage.database.errors import UnsupportedUrl
        from storage.database.sessions import normalise_url

        try:
            normalise_url(settings.database_url)
        except UnsupportedUrl as error:
            raise SettingsError(str(error)) from None
    elif "?" in str(settings.data_dir.resolve()):
        raise SettingsError(
            "Set NEVUS_DATA_DIR to a directory without a question mark in its path, or set "
            "NEVUS_DATABASE_URL: the address of the database would end there."
        )


__all__ = [
    "LimitSettings",
    "LocalChatSettings",
    "Log",
    "MonitorSettings",
    "Settings",
    "SettingsError",
    "Telegram",
    "Variable",
    "Webhook",
    "Work",
    "describe_unknown",
    "find_unknown",
    "iterate_variables",
    "read_settings",
]

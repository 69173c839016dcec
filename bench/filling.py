"""A database with very many cases, written by the database itself: a million take a minute or two."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database.sessions import Database, normalise_url

CASES_A_SENDER = 200
HEAVY_SHARE = 50  # one sender has a fiftieth of all cases
REFERRALS = 100  # a referral for each so many cases; most are answered
STEP = 20_000
LEVELS = (
    "CASE n % 20 WHEN 0 THEN 'high' WHEN 1 THEN 'not_assessable' WHEN 2 THEN 'low' WHEN 3 THEN 'low' "
    "ELSE 'moderate' END"
)
SQLITE = {
    "numbers": "WITH RECURSIVE t(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM t WHERE n < {last})",
    "moment": "strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', (n * {pace}) || ' seconds') || '000'",
    "bytes": "CAST(printf('%032d', n) AS BLOB)",
    "padded": "printf('%0{width}d', {number})",
    "json": "'{value}'",
}
POSTGRES = {
    "numbers": "WITH t AS (SELECT generate_series({first}, {last}) AS n)",
    "moment": "TIMESTAMPTZ '2026-01-01' + (n * {pace}) * INTERVAL '1 second'",
    "bytes": "convert_to(lpad(CAST(n AS text), 32, '0'), 'UTF8')",
    "padded": "lpad(CAST({number} AS text), {width}, '0')",
    "json": "CAST('{value}' AS jsonb)",
}
VERSIONS = '{"pair": "0.1.0", "cnn": "0.1.0", "vit": "0.1.0", "onnxruntime": "1.32.0", "kernel_class": "x"}'
FINDINGS = '{"quality": {"sharpness": 1.5, "brightness": 0.6}, "domain": {"dermoscopic": 0.9}}'


@dataclass(frozen=True, slots=True)
class Filling:
    """How many cases there are, and whom to ask for."""

    cases: int
    usual: str  # subject numbers
    heavy: str


def subject_of(number: int) -> str:
    """The subject number of a sender, 0 being the one with very many cases."""
    return f"S{number:08d}"


async def fill(database: Database, cases: int) -> Filling:
    """Write so many cases into an empty database, each with a photo, two opinions and a line of the trail."""
    words = SQLITE if database.is_sqlite else POSTGRES
    await _run(database, _links(words, 5_000))
    await _run(database, _clinic(words))
    for first in range(1, cases + 1, STEP):
        for statement in _statements(words, first, min(first + STEP - 1, cases)):
            await _run(database, statement)
    await _settle(database)
    return Filling(cases=cases, usual=subject_of(7), heavy=subject_of(0))


async def _run(database: Database, statement: str) -> None:
    async with database.write() as session:
        await session.execute(text(statement))


async def _settle(database: Database) -> None:
    """What either database does by itself in time: statistics, and which pages everyone sees."""
    if database.is_sqlite:
        await database.erase_traces()
        return
    for table in ("cases", "photos", "clinics"):
        await _run(database, f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")  # noqa: S608
    engine = create_async_engine(normalise_url(database.url), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


def _links(words: dict[str, str], count: int) -> str:
    subject = "'S' || " + words["padded"].format(width=8, number="n")
    numbers = words["numbers"].format(first=0, last=count - 1)
    moment = words["moment"].format(pace=1)
    return (
        f"INSERT INTO links (user_ref, subject, language, consent_version, consent_at, created_at) "  # noqa: S608
        f"{numbers} SELECT {words['bytes']}, {subject}, 'en', '1', {moment}, {moment} FROM t"
    )


def _clinic(words: dict[str, str]) -> str:
    numbers = words["numbers"].format(first=1, last=1)
    moment = words["moment"].format(pace=1)
    seal = words["bytes"]
    return (
        f"INSERT INTO clinics (id, title, chat, chat_ref, kind, language, state, created_at) "  # noqa: S608
        f"{numbers} SELECT 1, {seal}, {seal}, {seal}, 'group', 'en', 'linked', {moment} FROM t"
    )


def _json(words: dict[str, str], value: str) -> str:
    """A constant; its colons are no parameters."""
    return words["json"].format(value=value.replace(":", r"\:"))


def _statements(words: dict[str, str], first: int, last: int) -> list[str]:
    numbers = words["numbers"].format(first=first, last=last)
    moment = words["moment"].format(pace=20)
    owner = f"CASE WHEN n % {HEAVY_SHARE} = 0 THEN 0 ELSE 1 + (n / {CASES_A_SENDER}) % 4999 END"
    subject = "'S' || " + words["padded"].format(width=8, number=owner)
    number = "'N-' || " + words["padded"].format(width=7, number="n")
    hashed = words["padded"].format(width=64, number="n")
    versions = _json(words, VERSIONS)
    findings = _json(words, FINDINGS)
    reasons = _json(words, '["score_moderate"]')
    link = words["padded"].format(width=63, number="n")
    share = "(n % 1000) / 1000.0"
    answered = "CASE WHEN (n / 100) % 100 = 0 THEN 'open' ELSE 'answered' END"
    token = words["padded"].format(width=16, number="n")
    cases = "id, number, subject, created_at, level, model_level, reasons, language, versions, turn_key"
    photos = "id, case_id, position, photo_hash, level, domain, probability, malignant_probability, findings"
    referrals = "token, case_number, subject, clinic_id, state, level, language, asked_at, due_at, claimed_at"
    made = f"n, {number}, {subject}, {moment}, {LEVELS}, {LEVELS}, {reasons}, 'en', {versions}, {hashed}"
    seen = f"n, n, 0, {hashed}, {LEVELS}, 'dermoscopic', {share}, {share}, {findings}"
    asked = f"{token}, {number}, {subject}, 1, {answered}, 'high', 'en', {moment}, {moment}, {moment}"
    said = f"{share}, {share} FROM t"
    rows = {
        f"cases ({cases}, elapsed_ms)": f"{made}, 60.0 FROM t",
        f"photos ({photos})": f"{seen} FROM t",
        "opinions (photo_id, classifier, probability, malignant_probability)": (
            f"n, 'cnn', {said} UNION ALL SELECT n, 'vit', {said}"
        ),
        "audit (kind, subject, case_number, payload, at, previous_hash, hash)": (
            f"'case', {subject}, {number}, '{{}}', {moment}, 'a' || {link}, 'b' || {link} FROM t"
        ),
        f"referrals ({referrals}, answered_at, edits)": (
            f"{asked}, {moment}, 1 FROM t WHERE n % {REFERRALS} = 0"
        ),
    }
    return [f"INSERT INTO {into} {numbers} SELECT {values}" for into, values in rows.items()]

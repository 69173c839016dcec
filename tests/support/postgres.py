"""A PostgreSQL server of the tests' own: from Debian's package, on a unix socket, thrown away afterwards."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import asyncpg

VERSIONS = Path("/usr/lib/postgresql")
# Nothing of it outlives the tests, so nothing has to reach the disk.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


def find_programs() -> Path | None:
    """Where `initdb` and `pg_ctl` of the newest version are; None where PostgreSQL is not installed."""
    found = sorted(VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """One server; each test gets a database of its own."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._home = Path(tempfile.mkdtemp(prefix="nevus-postgres-"))
        self._count = 0

    def start(self) -> None:
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(self._home, "postgres", "postgres")
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        self.start_again()

    def start_again(self) -> None:
        """Start the server after `shut_down`."""
        options = f"-k {self._home} -c listen_addresses='' {FAST}"
        self._run(
            "pg_ctl",
            "-D",
            self._data,
            "-w",
            "-t",
            "60",
            "-l",
            str(self._home / "log"),
            "-o",
            options,
            "start",
        )

    def shut_down(self) -> None:
        """Stop the server in good order; its databases stay."""
        self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._home)

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._home}"

    def create_database(self) -> str:
        """The name of a new database without tables."""
        self._count += 1
        name = f"nevus_{self._count}"
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE template0"))
        return name

    def drop_database(self, name: str) -> None:
        asyncio.run(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def empty_tables(self, name: str, tables: list[str]) -> None:
        """Back to no rows and to id 1. Few rows are deleted much faster than tables are truncated or made.

        Args:
            name: of the database.
            tables: in an order in which no table is emptied before what references it.
        """
        deletes = "".join(f"DELETE FROM {table};" for table in tables)
        restart = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
        asyncio.run(self._execute(deletes + restart, database=name))

    def dump(self, name: str) -> Path:
        """A backup of a database, as docs/reliability.md says to make one."""
        file = self._home / f"{name}.dump"
        self._run("pg_dump", *self._place(name), "--format=custom", "--file", str(file))
        return file

    def restore(self, name: str, file: Path) -> None:
        """Put it back, as docs/reliability.md says."""
        self._run(
            "pg_restore", *self._place(name), "--clean", "--if-exists", "--single-transaction", str(file)
        )

    def _place(self, name: str) -> tuple[str, ...]:
        return "--host", str(self._home), "--username", "postgres", "--dbname", name

    @property
    def _data(self) -> str:
        return str(self._home / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["/usr/sbin/runuser", "-u", "postgres", "--", *command]
        # Output goes nowhere: the server would inherit a pipe, and reading that waits for the server's end.
        subprocess.run(
            command, check=True, cwd=self._home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    async def _execute(self, statement: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.url_of(database), server_settings={"lock_timeout": "10s"})
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

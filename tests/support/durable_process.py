"""The product of `durable.py` as a process of its own, to be killed; no networks."""

import asyncio
import os

from bot.app import Overrides, build
from bot.commands.process_locks import ProcessLock
from bot.commands.run import list_secrets
from bot.lifecycle import stop_on_signals
from bot.logs import configure_logs
from bot.settings import read_settings
from storage.schema import migrate
from tests.support.durable import FakeEngine, Handlers


class SlowEngine(FakeEngine):
    """Takes a moment for each photo, so that a kill finds some in work."""

    async def read(self, data: bytes = b"", *, gate: bool = True) -> None:
        await asyncio.sleep(0.1)


async def main() -> None:
    settings = read_settings(os.environ)
    configure_logs(style="text", level="INFO", secrets=list_secrets(settings))
    lock = ProcessLock(settings.data_dir / "nevus.lock")
    lock.acquire()
    migrate(settings.sql_url)
    overrides = Overrides(engine=SlowEngine(), register=Handlers().register)  # type: ignore[arg-type]
    product = build(settings, overrides)
    await product.start()
    try:
        with stop_on_signals(product.ask_to_stop):
            print("runs", flush=True)
            await product.run_until_stopped()
    finally:
        await product.stop()


if __name__ == "__main__":
    asyncio.run(main())

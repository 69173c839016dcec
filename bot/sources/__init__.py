"""Where updates come from. Both sources write to the durable inbox before they acknowledge."""

from typing import Protocol


class Source(Protocol):
    """Long polling or webhook."""

    async def start(self) -> None:
        """Open what is needed.

        Raises:
            OSError: an address cannot be had.
        """
        ...

    async def run(self) -> None:
        """Take updates until cancelled; may return when nothing has to be done to keep them coming."""
        ...

    async def stop(self) -> None:
        """Finish what is under way and close."""
        ...


__all__ = ["Source"]

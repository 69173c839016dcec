"""Inside the process of libFuzzer: `python -m tests.fuzz.guided TARGET OPTIONS`."""

import sys

import atheris

MODULES = ["bot.delivery.updates", "bot.conversation.callback_data", "inference.photos"]
with atheris.instrument_imports(include=MODULES):
    from tests.fuzz.targets import run_within_limits


def main() -> None:
    target = sys.argv[1]

    def test(data: bytes) -> None:
        run_within_limits(target, data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Writes `.env.example` and `docs/configuration.md` from the settings: `python -m bot.settings_text`."""

import shlex
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, get_args, get_origin

from bot.settings import Variable, iterate_variables

ROOT: Final = Path(__file__).resolve().parent.parent
HEAD: Final = """# Configuration

Every setting is an environment variable with a default.
`make run` and `nevus run` need none of them: without a token the local chat starts.

- `.env.example` lists them all, ready to be copied to `.env`.
- `nevus` and `make run` do not read `.env`: run `set -a; . ./.env; set +a` in the shell first.
  Compose reads the one beside the Makefile.
- Put a value with spaces or signs in single quotes. An empty value counts as not set.
- `nevus check` says whether the settings work. It warns of unknown names and suggests the closest setting.
- A secret may be in a file (a Docker or Kubernetes secret): set the same name plus `_FILE` to its path.
  Set one of the two: with both, the bot does not start.
  Secrets are masked in every log.

"""
TITLES: Final = {
    "": "General",
    "telegram": "Telegram",
    "webhook": "Webhook",
    "limits": "Sending limits",
    "oip": "Inference servers",
    "work": "Processing of updates",
    "clinic": "Clinics",
    "localchat": "Local chat",
    "monitor": "Monitoring",
    "log": "Log",
}


def render_markdown() -> str:
    """`docs/configuration.md`."""
    sections = []
    for group, variables in _sections():
        lines = [f"## {TITLES[group]}", "", "| variable | default | meaning |", "|---|---|---|"]
        sections.append("\n".join([*lines, *map(_render_row, variables), ""]))
    return HEAD + "\n".join(sections)


def render_example() -> str:
    """`.env.example`: every setting, commented out, with its default, as a shell and Compose read it."""
    lines = ["# Copy to .env and uncomment what you change. docs/configuration.md says more.", ""]
    for group, variables in _sections():
        lines += [f"# --- {TITLES[group]}", ""]
        for variable in variables:
            value = shlex.quote(variable.default) if variable.default else ""
            lines += [f"# {variable.field.description}", f"#{variable.name}={value}", ""]
    return "\n".join(lines)


def _sections() -> list[tuple[str, list[Variable]]]:
    def group(variable: Variable) -> str:
        return variable.path[0] if len(variable.path) > 1 else ""

    return [(name, list(variables)) for name, variables in groupby(iterate_variables(), key=group)]


def _render_row(variable: Variable) -> str:
    default = f"`{variable.default}`" if variable.default else "none"
    meaning = variable.field.description or ""
    annotation = variable.field.annotation
    if get_origin(annotation) is Literal:
        meaning += f" One of {', '.join(f'`{choice}`' for choice in get_args(annotation))}."
    if variable.is_secret:
        meaning += f" Secret; or `{variable.name}_FILE`."
    return f"| `{variable.name}` | {default} | {meaning} |"


def main() -> None:
    """Write both files."""
    (ROOT / "docs" / "configuration.md").write_text(render_markdown(), encoding="utf-8")
    (ROOT / ".env.example").write_text(render_example(), encoding="utf-8")


if __name__ == "__main__":
    main()

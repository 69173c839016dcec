"""The page for a browser without the key: it says where to find the link, in English or French."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from aiohttp import web

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #f7f8fa; --ink: #18202c; --soft: #586272; --panel: #e2e6ec; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #121822; --ink: #f2f4f8; --soft: #a9b2c0; --panel: #232c3a; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper);
  color: var(--ink); font: 1.05rem/1.55 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
code { background: var(--panel); border-radius: .4rem; padding: .12rem .4rem; overflow-wrap: anywhere; }
p.small { color: var(--soft); font-size: .95rem; }
"""
_WORDS: Final = {
    "en": (
        "Open the link that Nevus printed",
        "This page needs a key, and your browser has none (any more).",
        "Look at the terminal where {command} runs: it printed a link under “Local chat”. Open that one.",
        "The link holds a secret and works on this computer only. Nothing of this chat goes to Telegram.",
    ),
    "fr": (
        "Ouvrez le lien que Nevus a affiché",
        "Cette page demande une clé, et votre navigateur n’en a pas (ou plus).",
        "Regardez le terminal où tourne {command} : un lien y est affiché sous « Local chat ». Ouvrez-le.",
        "Le lien contient un secret et ne marche que sur cet ordinateur. Rien d’ici ne va à Telegram.",
    ),
}
_POLICY: Final = "default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"


def wants_page(request: web.Request) -> bool:
    """Whether a browser requests the page itself."""
    return (
        request.method == "GET" and request.path == "/" and "text/html" in request.headers.get("Accept", "")
    )


def show_unauthorized(request: web.Request) -> web.Response:
    """The 401 response as a page, in the browser's preferred language."""
    language = choose_language(request.headers.get("Accept-Language", ""))
    title, why, how, note = (escape(words) for words in _WORDS[language])
    how = how.format(command="<code>nevus run</code>")
    body = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>Nevus</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p>{why}</p><p>{how}</p><p class="small">{note}</p></main></body></html>'
    )
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    headers = {
        "Content-Security-Policy": _POLICY.format(digest=digest),
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    return web.Response(text=body, status=401, content_type="text/html", headers=headers)


def choose_language(accepted: str) -> str:
    """`fr` if French is preferred to English (RFC 9110, 12.5.4), else `en`."""
    weights = {"en": 0.0, "fr": 0.0}
    for part in accepted.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.split("-")[0]
        if name in weights:
            weights[name] = max(weights[name], _read_weight(parameter))
    return "fr" if weights["fr"] > weights["en"] else "en"


def _read_weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0

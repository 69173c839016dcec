"""Whether words that a sender typed mention growth, change, bleeding or worry, in English or French."""

import re
import unicodedata
from typing import Final

# Beginnings of words, without accents. One too many costs a sentence; one too few would cost more.
_BEGINNINGS: Final = (
    *("grow", "grew", "big", "larg", "enlarg", "increas", "expand", "spread", "chang", "evolv", "differ"),
    *("bleed", "bled", "blood", "ooz", "weep", "crust", "ulcer", "itch", "pain", "hurt", "new", "recent"),
    *("worr", "anxi", "afraid", "fear", "concern", "scared", "danger", "cancer", "malign", "suspic"),
    *("gross", "grand", "augment", "croi", "etend", "elargi", "evolu", "modif", "nouve", "apparu"),
    *("saign", "sang", "hemorr", "suint", "crout", "prurit", "gratt", "douleur", "douloureu", "melanom"),
    *("inquiet", "peur", "crain", "dout", "grave"),
)
_MENTION: Final = re.compile(r"\b(?:" + "|".join(_BEGINNINGS) + ")")


def mentions_alarm(words: str) -> bool:
    """Whether the safety sentence belongs under these words."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return _MENTION.search("".join(sign for sign in plain if not unicodedata.combining(sign))) is not None

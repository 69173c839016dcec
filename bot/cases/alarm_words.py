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
    *("nodul", "lump", "tumo", "tumeur", "tumef", "doubl", "tripl", "quadrupl", "transform", "appear"),
    *("darker", "darken", "blacker", "thicker", "thicken", "tender", "sore", "swell", "swoll", "wound"),
    *("noirci", "epaissi", "gonfl", "demang", "pouss", "plaie", "brul"),
)
# Whole words and phrases whose beginning alone says too little: "twice a day", "peau foncée".
_PHRASES: Final = (
    *(r"twice (?:as|the|its)\b", r"(?:not|\w+n\W?t) (?:there\b|heal)"),
    *(r"(?:boule|bosse)s?\b", r"(?:plus|a|ont|est|sont|devenue?s?) (?:fonc|epais|sombre|noir)"),
    *(r"s\W(?:est )?(?:fonc|assombri)", r"fonce (?:vite|depuis)", r"deux\sfois\splus\b", r"gueri\w* pas\b"),
    *(r"n\W(?:etait|existait|y etait) pas\b", r"fait mal\b"),
)
_MENTION: Final = re.compile(r"\b(?:" + "|".join((*_BEGINNINGS, *_PHRASES)) + ")")


def mentions_alarm(words: str) -> bool:
    """Whether the safety sentence belongs under these words."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    return _MENTION.search("".join(sign for sign in plain if not unicodedata.combining(sign))) is not None

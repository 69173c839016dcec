"""Typed words that bring up the safety sentence, and words that do not."""

import pytest

from bot.cases.alarm_words import mentions_alarm


@pytest.mark.parametrize(
    "words",
    [
        *("A nodule on the back", "Raised lump", "Doubled in six weeks", "tripled in size", "Got darker"),
        *(
            "It darkened",
            "Thicker than before",
            "Some thickening",
            "Tender to touch",
            "Sore",
            "Swollen since May",
        ),
        *(
            "twice as wide as last year",
            "Twice the size",
            "It wasn't there before",
            "It wasn\u2019t there before",
        ),
        *(
            "was not there in March",
            "a tumour",
            "it has appeared in spring",
            "does not heal",
            "doesn't heal",
            "no bleeding",
        ),
        *(
            "Nodule du dos",
            "tumeur",
            "une boule",
            "une grosseur",
            "noircit",
            "plus foncé",
            "Plus fonce\u0301e",
        ),
        *(
            "plus épais",
            "plus épaisse",
            "s'épaissit",
            "a doublé de volume",
            "il a triplé",
            "grain qui gonfle",
        ),
        *("s'est transformé", "s\u2019est transformée", "Démangeaisons", "Ça démange depuis un mois"),
        *("n'était pas là avant", "plus sombre", "ça pousse vite", "il fait mal", "une plaie", "a noirci"),
        *("pas de saignement", "PLUS FONCÉ", "deux fois plus large", "ne guérit pas", "s'est foncé"),
    ],
)
def test_growth_change_and_pain_are_mentioned(words: str) -> None:
    assert mentions_alarm(words)


@pytest.mark.parametrize(
    "words",
    [
        *("Left heel", "back of the neck, taken in daylight", "Emollient twice a day", "darkish brown, flat"),
        *(
            "dark skin, thick hair",
            "Stable for ten years",
            "photo with dermoscope",
            "see there",
            "a plump cheek",
        ),
        *(
            "Talon gauche",
            "nuque, à la lumière du jour",
            "peau foncée",
            "cheveux épais et noirs",
            "boulevard Foch",
        ),
        *("Stable depuis dix ans", "photo au dermoscope", "deux fois par jour", "derrière l'oreille"),
    ],
)
def test_what_only_describes_stays_quiet(words: str) -> None:
    assert not mentions_alarm(words)

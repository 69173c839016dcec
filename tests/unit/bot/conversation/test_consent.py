"""The version that is recorded with a consent stands for one exact wording."""

import hashlib

from bot.conversation.request import CONSENT_VERSION
from bot.texts import Texts

# Changed the terms? Give CONSENT_VERSION in bot/conversation/request.py a new value and add its line here.
WORDINGS = {"1": "7d01dce71a306b3e", "2": "2a751aa1ac6774f0", "3": "c888d04604d4f9af"}


def test_every_wording_of_the_terms_has_a_version_of_its_own():
    texts = Texts.load()
    words = "\n".join(
        texts.get(language, f"start-{part}")
        for language in texts.languages
        for part in ("hello", "limits", "terms")
    )
    assert hashlib.sha256(words.encode()).hexdigest()[:16] == WORDINGS[CONSENT_VERSION]

"""Words of headers that announce personal data, in several languages."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

NAME, EMAIL, BIRTH = "names", "e-mail addresses", "dates of birth"
PHONE, RECORD = "phone numbers", "record numbers"
ADDRESS = "addresses"

WORDS = json.loads((Path(__file__).parent / "words.json").read_text("utf-8"))
"""Words of headers by kind, given names, identity numbers. Headers are in English, German, French, Spanish,
Italian, Portuguese, Dutch, Polish, Czech, Swedish, Danish, Norwegian, Finnish, Turkish, Russian, Chinese
and Japanese."""

_SPLIT = re.compile(r"[^\w]+|_+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words_of(header: str) -> list[str]:
    """Split a header into words: lower case, accents gone, camel case cut."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header).replace("ß", "ss").replace("ø", "o"))
    plain = "".join(c for c in plain if not unicodedata.combining(c) or c in "\u3099\u309a")
    return [word for word in _SPLIT.split(unicodedata.normalize("NFC", plain).lower()) if word]


PHRASES = {kind: [words_of(text) for text in texts] for kind, texts in WORDS["headers"].items()}
_THINGS = frozenset(WORDS["things"])
"""Names of these are not names of people."""

_WEAK = frozenset(word for text in WORDS["weak"] for word in words_of(text))
"""Words for any name."""

_ALONE = frozenset(WORDS["alone"])
"""Words that have another meaning beside others: they count only as the whole header."""


def announced(header: str) -> str | None:
    """Return what a header announces, or None; a name of a thing is no name of a person."""
    words = words_of(header)
    for kind, phrases in PHRASES.items():
        for phrase in phrases:
            if not _contains(words, phrase):
                continue
            if len(phrase) == 1 and phrase[0] in _ALONE and len(words) > 1:
                continue
            if phrase[0] in _WEAK and len(phrase) == 1 and set(words) & _THINGS:
                continue
            return kind
    return None


def is_weak(header: str) -> bool:
    """Tell whether a header says no more than that something has a name."""
    words = words_of(header)
    return not any(
        _contains(words, phrase) for phrase in PHRASES[NAME] if len(phrase) > 1 or phrase[0] not in _WEAK
    )


def _contains(words: list[str], phrase: list[str]) -> bool:
    n = len(phrase)
    return any(words[i : i + n] == phrase for i in range(len(words) - n + 1))

"""Text as hashed 2-character shingles: what two wordings of one matter share, without the words themselves."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

HAN_FROM = "\u3400"
"""The first Han character of the basic plane: from here on two neighbours are a shingle, before it a word is one."""

LONGEST_WORD = 40
"""A longer run of letters or digits is an address or a slip, not a word that another person would write too."""

TEXT_BEGINS = 60
"""Characters of the text that count: people say the matter first and their feelings later. More only adds noise."""

CACHED_SHINGLES = 200_000
"""Pairs of common characters number some hundred thousand; each costs about 150 bytes."""

TOTAL = 0
"""No shingle has this hash: its row counts the cases that have any text at all."""

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


def in_order(text: str) -> list[str | None]:
    """The shingles of a text as they follow one another: pairs of Han characters, whole words of other letters. None
    stands where a phrase ends."""
    found: list[str | None] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if run[0] >= HAN_FROM:
            found += [a + b for a, b in pairwise(run)]
        elif 1 < len(run) <= LONGEST_WORD:
            found.append(run)
        found.append(None)
    return found


def words(text: str) -> list[str]:
    """The shingles of a text, each once."""
    return list(dict.fromkeys(word for word in in_order(text) if word))


@lru_cache(CACHED_SHINGLES)
def hashed(word: str) -> int:
    """A 32-bit signed number that PostgreSQL's int holds; never `TOTAL`."""
    number = crc32(word.encode())
    return (number if number < 1 << 31 else number - (1 << 32)) or 1


def shingles(text: str) -> frozenset[int]:
    """A text's shingles as numbers."""
    return frozenset(map(hashed, words(text)))


def of_request(title: str, text: str) -> tuple[frozenset[int], frozenset[int]]:
    """The title's shingles, and those that only the beginning of the text has."""
    named = shingles(title)
    return named, shingles(text[:TEXT_BEGINS]) - named


def joined(shared: Collection[str], text: str) -> list[str]:
    """Shared shingles as a person reads them: neighbours in the text grow together into words."""
    found: list[str] = []
    grown = ""
    for word in in_order(text):
        if word in shared and word is not None:
            grown = grown + word[-1] if grown and word[0] == grown[-1] else word
        elif grown:
            found, grown = [*found, grown], ""
    return list(dict.fromkeys(found))

"""Chinese is the source language; English comes from the catalogues in locale/en/LC_MESSAGES.

The functions read the language of the running request (a context variable), so templates, decisions' messages and
background code share one `_`. Words kept in enums or tables are marked with `N_` and translated where they are shown.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.chassis.words import N_ as N_

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("zh", "en")
HTML_LANG = {"zh": "zh-CN", "en": "en"}
_language: ContextVar[str] = ContextVar("language", default="zh")


def catalogue_files(language: str) -> list[Path]:
    """ui.po holds the shared strings; each service adds its own file, so that no two teams edit the same one."""
    return sorted((LOCALE / language / "LC_MESSAGES").glob("*.po"))


@cache
def _translations(language: str) -> NullTranslations:
    if language == "zh":
        return NullTranslations()
    merged = Catalog(locale=language)
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    buffer = io.BytesIO()
    write_mo(buffer, merged)
    buffer.seek(0)
    return GNUTranslations(buffer)


def language() -> str:
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Everything inside is rendered in this language."""
    token = _language.set(code if code in LANGUAGES else "zh")
    try:
        yield
    finally:
        _language.reset(token)


def translate(sentence: str, code: str) -> str:
    """A sentence of a decision or of the chassis, in the language of an answer."""
    return _translations(code if code in LANGUAGES else "zh").gettext(sentence)


def gettext(message: str, **values: object) -> str:
    return _filled(_translations(language()).gettext(message), values)


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    return _filled(_translations(language()).ngettext(singular, plural, n), {"num": n, "n": n} | values)


def pgettext(context: str, message: str, **values: object) -> str:
    return _filled(_translations(language()).pgettext(context, message), values)


def npgettext(context: str, singular: str, plural: str, n: int, **values: object) -> str:
    found = _translations(language()).npgettext(context, singular, plural, n)
    return _filled(found, {"num": n, "n": n} | values)


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def NP_(context: str, message: str) -> str:  # noqa: N802 - as N_
    """As N_, for a word that needs its context to be translated (`交办` in the menu, `交办` as a step)."""
    return message


_ = gettext

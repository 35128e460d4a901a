"""Keeps the English catalogues complete: ui.po for what is shared, one file for each service.

    python -m services.ui.catalogue update [NAME…]   extract; new strings get an empty translation
    python -m services.ui.catalogue check            what is missing or wrong, one line each

A service's file holds only what ui.po does not. Extracted: templates, `_ N_ NP_ gettext ngettext pgettext`, and the
sentence of a `Rejected(code, "…")`, whose Chinese is its own key.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from services.ui.i18n import LOCALE

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "ui": ("services/ui", "services/chassis", "services/reference"),
    "intake": ("services/intake",),
    "dispatch": ("services/dispatch",),
    "supervision": ("services/supervision",),
    "reporting": ("services/reporting",),
}
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "_": None,
    "NP_": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "Rejected": (2,),
    "NotYet": (2,),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
OPTIONS = {
    "**/templates/**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trimmed": "true", "silent": "false"}
}
HAN = re.compile(r"[\u3400-\u9fff]")
HALF_WIDTH = re.compile(r"[\u3400-\u9fff][,:;?!()]")
PLACES = re.compile(r"%\((\w+)\)|\{(\w+)\}")
Key = tuple[str | None, str]


def file_of(name: str) -> Path:
    return LOCALE / "en" / "LC_MESSAGES" / f"{name}.po"


def key_of(message: Message) -> Key:
    return message.context, message.id[0] if isinstance(message.id, (list, tuple)) else message.id


def extracted(name: str) -> Catalog:
    """Every marked string that has Han in it; others (units, codes) are the same in both languages."""
    found = Catalog(locale="en", project="huiyin", charset="utf-8", fuzzy=False)
    for folder in FOLDERS[name]:
        if not (ROOT / folder).is_dir():
            continue
        for _, _, text, _, context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, keywords=KEYWORDS, directory_filter=lambda path: "__pycache__" not in path
        ):
            if HAN.search(str(text)):
                found.add(text, context=context)
    return found


def stored(name: str) -> Catalog:
    path = file_of(name)
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def update(name: str) -> int:
    """Writes the file anew with its kept translations; gives how many are still empty."""
    shared = {key_of(m) for m in messages(extracted("ui"))} if name != "ui" else set()
    known = {key_of(m): m.string for m in messages(stored(name))}
    fresh = Catalog(locale="en", project="huiyin", charset="utf-8", fuzzy=False)
    empty = 0
    for message in sorted(messages(extracted(name)), key=lambda m: (key_of(m)[1], m.context or "")):
        if key_of(message) in shared:
            continue
        string = known.get(key_of(message))
        empty += not string
        fresh.add(message.id, string or "", context=message.context)
    file_of(name).parent.mkdir(parents=True, exist_ok=True)
    with file_of(name).open("wb") as file:
        write_po(file, fresh, no_location=True, omit_header=False, width=0)
    _without_dates(file_of(name))
    return empty


def _without_dates(path: Path) -> None:
    """Dates and tool versions in the header would change on every run."""
    kept = [
        line for line in path.read_text("utf-8").splitlines() if not re.match(r'"(POT|PO)-|"Generated-By|"Last-', line)
    ]
    path.write_text("\n".join(kept) + "\n", "utf-8")


def check(name: str) -> list[str]:
    """What is wrong with one catalogue, in words."""
    have = {key_of(m): m for m in messages(stored("ui"))} | {key_of(m): m for m in messages(stored(name))}
    found = []
    for message in messages(extracted(name)):
        key = key_of(message)
        found += [f"{name}: half-width punctuation: {key[1]!r}"] if HALF_WIDTH.search(key[1]) else []
        translated = have.get(key)
        if translated is None or not translated.string or translated.fuzzy:
            found.append(f"{name}: not translated: {key[1]!r}")
            continue
        found += [f"{name}: {reason}: {key[1]!r}" for reason in _faults(message, translated)]
    return found


def _faults(message: Message, translated: Message) -> Iterator[str]:
    found = translated.string
    strings = [text or "" for text in (found if isinstance(found, (list, tuple)) else [found])]
    if any(HAN.search(text) for text in strings):
        yield "Han in the English"
    wanted = set(PLACES.findall(key_of(message)[1]))
    if any(set(PLACES.findall(text)) - wanted for text in strings) or wanted - set(PLACES.findall(strings[-1])):
        yield "other places to fill in than the Chinese"
    if any(not text for text in strings):
        yield "a plural form is empty"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update", *names]:
            for name in names or FOLDERS:
                sys.stdout.write(f"{name}: {update(name)} without translation\n")
            return 0
        case ["check", *names]:
            faults = [fault for name in names or FOLDERS for fault in check(name)]
            sys.stdout.write("".join(f"{fault}\n" for fault in faults))
            return 1 if faults else 0
        case _:
            sys.stdout.write(__doc__ or "")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

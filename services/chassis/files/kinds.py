"""Tells what a file is by its bytes; its name decides nothing but between twins of one container."""

import io
import re
import zipfile
from dataclasses import dataclass

OOXML = "application/vnd.openxmlformats-officedocument."
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
PACKAGES = {
    "word/document.xml": OOXML + "wordprocessingml.document",
    "xl/workbook.xml": OOXML + "spreadsheetml.sheet",
    "ppt/presentation.xml": OOXML + "presentationml.presentation",
    "OFD.xml": "application/ofd",
}
"""The part that makes a zip one of these; OFD is the national format of official documents (GB/T 33190)."""

MACROS = "vbaProject.bin"
"""A document that carries a program is not evidence."""

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
COMPOUND_BY_SUFFIX = {
    "doc": "application/msword",
    "wps": "application/msword",
    "xls": "application/vnd.ms-excel",
    "et": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "dps": "application/vnd.ms-powerpoint",
}
"""Office files of before 2007 share one container: only the name says which program opens them."""

PHONE_BRANDS = (b"heic", b"heix", b"heim", b"mif1", b"msf1")
TEXTS = (("utf-8", "text/plain;charset=utf-8"), ("gb18030", "text/plain;charset=gb18030"))
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""What no text has but the ends of lines and pages."""

IN_THE_PAGE = ("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain")
"""What a browser shows by itself; everything else is saved."""

ACCEPT = "image/*,.pdf,.ofd,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.et,.dps,.txt"
"""For a file field: what the chooser offers first. The server looks at the bytes all the same."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is."""

    media_type: str

    @property
    def image(self) -> bool:
        """Whether a browser can show it as a picture."""
        return self.media_type in IN_THE_PAGE and self.media_type.startswith("image/")

    @property
    def in_the_page(self) -> bool:
        return self.media_type.partition(";")[0] in IN_THE_PAGE


def kind_of(content: bytes, name: str = "") -> Kind | None:
    """What the bytes are; None for anything that is not on the list."""
    found = _by_signature(content) or _package(content) or _compound(content, name) or _text(content)
    return Kind(found) if found else None


def _by_signature(content: bytes) -> str | None:
    for start, media_type in SIGNATURES:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in PHONE_BRANDS:
        return "image/heic"
    return None


def _package(content: bytes) -> str | None:
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(part.endswith(MACROS) for part in parts):
        return None
    return next((media_type for part, media_type in PACKAGES.items() if part in parts), None)


def _compound(content: bytes, name: str) -> str | None:
    if not content.startswith(COMPOUND):
        return None
    return COMPOUND_BY_SUFFIX.get(name.rpartition(".")[2].lower())


def _text(content: bytes) -> str | None:
    """Readable in one of the two encodings that offices use, with no control characters."""
    if not content.strip():
        return None
    for encoding, media_type in TEXTS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if CONTROL.search(text) else media_type
    return None

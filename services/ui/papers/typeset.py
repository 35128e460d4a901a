"""Typesets a job from standard input as PDF/A-2b: a program of its own, so that its memory goes with it."""

import json
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTFont

TEMPLATE = Path(__file__).with_name("official.typ")
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
SONG, HEI = "Noto Serif SC", "Noto Sans SC"
"""Free, and the same everywhere by the lock file. A free 仿宋 for Simplified Chinese does not exist."""

LICENSED = {
    "title": ("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05"),
    "body": ("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "方正仿宋简体", "FZFangSong-Z02S"),
    "label": ("黑体", "SimHei", "方正黑体简体", "FZHei-B01S"),
}
"""What GB/T 9704 asks for, under the names that the usual font files have."""

NO_GLYPH = "〓"
"""The geta mark, as printers put it for a character they lack: PDF/A allows no missing glyph."""

SHAPELESS = ("Cc", "Cf", "Cs", "Co", "Cn", "Mn")
"""Control, format and joining characters."""

MISSING = "could not be displayed"
"""What the typesetter says of a character that no font has."""


def typeset(job: dict[str, Any]) -> bytes:
    """The same job gives the same bytes. Never the machine's own fonts: a paper must look alike on every server."""
    paths: list[Any] = [str(FONTS), *([job["folder"]] if job["folder"] else [])]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
    families = {role: _chosen(fonts, names, HEI if role == "label" else SONG) for role, names in LICENSED.items()}
    said = {**job, "fonts": families, "bolden": families["title"][0] == SONG}
    try:
        return _compile(fonts, mapped(said, _shaped), job["timestamp"])
    except typst.TypstError as error:
        if MISSING not in str(error):
            raise
    return _compile(fonts, mapped(said, _substituted()), job["timestamp"])


def _compile(fonts: typst.Fonts, job: Any, timestamp: int) -> bytes:
    made = typst.Compiler(font_paths=fonts, ignore_system_fonts=True).compile(
        input=TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"papers": json.dumps(job, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=timestamp,
    )
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def _chosen(fonts: typst.Fonts, wanted: Sequence[str], free: str) -> list[str]:
    """The licensed font if the district has one, then the free ones for characters that it lacks."""
    there = set(fonts.families())
    licensed = next((name for name in wanted if name in there), None)
    return [*([licensed] if licensed else []), free, HEI if free == SONG else SONG]


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Every text of a job, changed."""
    match value:
        case str():
            return change(value)
        case list():
            return [mapped(one, change) for one in value]
        case dict():
            return {name: mapped(one, change) for name, one in value.items()}
        case _:
            return value


def _shaped(words: str) -> str:
    plain = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in plain if c == "\n" or unicodedata.category(c) not in SHAPELESS)


def _substituted() -> Callable[[str], str]:
    """With a mark for what the free fonts lack."""
    glyphs: set[int] = set()
    for path in sorted(FONTS.glob("*.otf")):
        with TTFont(path, lazy=True) as font:
            glyphs.update(font.getBestCmap())
    return lambda words: "".join(c if c == "\n" or ord(c) in glyphs else NO_GLYPH for c in _shaped(words))


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.load(sys.stdin.buffer)))

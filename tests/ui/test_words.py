"""The words on the screens: complete English, full-width Chinese punctuation, templates that hold to the rules."""

import re
from pathlib import Path

import pytest

from services.ui import catalogue
from services.ui.render import TEMPLATES, environment

ROOT = Path(__file__).parents[2]
OWN = sorted(ROOT.glob("services/*/web/templates"))
FILES = [*sorted(TEMPLATES.rglob("*.html")), *(page for folder in OWN for page in sorted(folder.rglob("*.html")))]
COMMENT = re.compile(r"\{#.*?#\}", re.S)
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
INLINE = re.compile(r"""\sstyle=["']|\son[a-z]+=["']|<style|hx-on|["']js:|<script(?![^>]*\bsrc=)""")
TOP_IMPORT = re.compile(r"^\{%-?\s*(?:from|import)\b", re.M)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("name", catalogue.FOLDERS)
def test_the_english_is_complete(name: str) -> None:
    assert catalogue.check(name) == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_template_keeps_the_rules(path: Path) -> None:
    text = COMMENT.sub("", path.read_text("utf-8"))
    assert catalogue.HALF_WIDTH.findall(text) == [], "full-width punctuation after Han"
    assert INLINE.findall(JINJA.sub("", text)) == [], "the content policy refuses inline styles and scripts"
    if "{% extends" in text:
        assert TOP_IMPORT.findall(text) == [], "a block rendered alone does not see the page's imports: use ui.…"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_template_compiles(path: Path) -> None:
    folder = next((folder for folder in OWN if path.is_relative_to(folder)), TEMPLATES)
    environment([] if folder == TEMPLATES else [folder]).get_template(path.relative_to(folder).as_posix())


def test_no_service_hides_a_shared_template_or_brings_styles() -> None:
    shared = {path.relative_to(TEMPLATES) for path in TEMPLATES.rglob("*.html")}
    hidden = [path for folder in OWN for path in folder.rglob("*.html") if path.relative_to(folder) in shared]
    styles = list(ROOT.glob("services/[!u]*/**/*.css"))
    assert (hidden, styles) == ([], [])


def test_a_string_marked_only_in_a_table_is_found() -> None:
    keys = {catalogue.key_of(m) for m in catalogue.messages(catalogue.extracted("ui"))}
    assert {("nav", "交办"), (None, "待核"), (None, "跳到正文")} <= keys

"""Papers as docx, for whoever has to edit one in Word or WPS: the same rows, the fonts named, the same bytes twice."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as VERTICAL
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from services.ui.papers.paper import Heading, Long, Pair, Paper, Row

TITLE, BODY, LABEL = "方正小标宋简体", "仿宋_GB2312", "黑体"
"""Named, not embedded: the reader's Windows or WPS has them."""

RED = RGBColor(0xC8, 0x10, 0x2E)
WIDTHS = (Mm(24), Mm(54), Mm(24), Mm(54))
"""The type area of GB/T 9704: 156 mm."""

SIZES = (12.0, 10.5, 9.0)
"""小四、五号、小五: the first at which the form should fit. An estimate: Word breaks lines itself."""

LINE = 1.3
"""Height of a line against its letters."""

PAGE_PT = 638.0
HEAD_PT, FOOT_PT = 125.0, 55.0
"""The type area's height, and what masthead and signature take of it."""

MASTHEAD_PT = 26.0
CELL_PADDING_PT = 11.0
"""Left and right of a cell's text in Word's own table style."""

BLANK_LINES_PT = 19
"""Height of a line that is left free for a pen."""

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can hold: the same form has the same bytes whenever it is written."""


def docx(papers: Sequence[Paper]) -> bytes:
    """All papers in one document, each on a new page."""
    document = Document()
    _page(document)
    for n, paper in enumerate(papers):
        _paper(document, paper, first=n == 0)
    _properties(document, papers[0])
    written = io.BytesIO()
    document.save(written)
    return _dateless(written.getvalue())


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    style = document.styles["Normal"]
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    properties = style.element.get_or_add_rPr()
    _face(properties, BODY)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "zh-CN")
    spoken.set(qn("w:eastAsia"), "zh-CN")
    properties.append(spoken)


def _paper(document: Any, paper: Paper, *, first: bool) -> None:
    size = _size(paper)
    masthead = min(MASTHEAD_PT, int(Length(sum(WIDTHS)).pt / max(1, len(paper.issuer))))
    head = _line(document.add_paragraph(), paper.issuer, TITLE, masthead, RED)
    head.paragraph_format.page_break_before = not first
    number = _line(document.add_paragraph(), paper.number, BODY, 14)
    _rule(number)
    title = _line(document.add_paragraph(), f"{paper.title}（{paper.mark}）" if paper.mark else paper.title, TITLE, 22)
    title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(10), Pt(8)
    table = document.add_table(rows=0, cols=len(WIDTHS))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = width
    for row in paper.rows:
        _row(table, row, size)
    foot = _line(document.add_paragraph(), paper.signature, BODY, 12, align=ALIGN.RIGHT)
    foot.paragraph_format.space_before = Pt(6)
    _line(document.add_paragraph(), paper.note, BODY, 9, align=ALIGN.LEFT)


def _size(paper: Paper) -> float:
    room = PAGE_PT - HEAD_PT - FOOT_PT
    return next((size for size in SIZES if sum(_high(row, size) for row in paper.rows) <= room), SIZES[-1])


def _high(row: Row, size: float) -> float:
    return max(_count(row, size) * size * LINE, _blank(row))


def _count(row: Row, size: float) -> int:
    match row:
        case Heading():
            return 1
        case Long():
            return max(_lines(row.text, sum(WIDTHS[1:]), size), _lines(row.label, WIDTHS[0], size))
        case Pair():
            cells = zip((*row.left, *row.right), WIDTHS, strict=True)
            return max(_lines(words, width, size) for words, width in cells)


def _lines(words: str, width: int, size: float) -> int:
    """As if every character were a square; Latin letters take less."""
    fit = max(1, int((Length(width).pt - CELL_PADDING_PT) / size))
    return sum(max(1, -(-len(line) // fit)) for line in words.split("\n"))


def _blank(row: Row) -> float:
    return BLANK_LINES_PT * (row.lines + 1) if isinstance(row, Long) and row.lines else 0.0


def _row(table: Table, row: Row, size: float) -> None:
    added = table.add_row()  # type: ignore[no-untyped-call]
    cells = added.cells
    for cell, width in zip(cells, WIDTHS, strict=True):
        cell.width = width
    match row:
        case Heading():
            whole = cells[0].merge(cells[3])
            _cell(whole, row.label, LABEL, size, ALIGN.CENTER)
            _shade(whole)
        case Long():
            _cell(cells[0], row.label, LABEL, size, ALIGN.CENTER)
            _cell(cells[1].merge(cells[3]), row.text, BODY, size, ALIGN.LEFT)
            if row.lines:
                added.height = Pt(_blank(row))
        case Pair():
            for place, (label, value) in ((0, row.left), (2, row.right)):
                _cell(cells[place], label, LABEL, size, ALIGN.CENTER)
                _cell(cells[place + 1], value, BODY, size, ALIGN.LEFT)


def _cell(cell: _Cell, words: str, face: str, size: float, align: ALIGN) -> None:
    cell.vertical_alignment = VERTICAL.CENTER
    _line(cell.paragraphs[0], words, face, size, align=align)


def _line(
    paragraph: Paragraph,
    words: str,
    face: str,
    size: float,
    colour: RGBColor | None = None,
    align: ALIGN = ALIGN.CENTER,
) -> Paragraph:
    paragraph.alignment = align
    run = paragraph.add_run(_writable(words))
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    _face(run._element.get_or_add_rPr(), face)
    return paragraph


def _writable(words: str) -> str:
    """XML holds no control characters but the line's end."""
    return "".join(c for c in words.replace("\r\n", "\n") if c >= " " or c in "\n\t")


def _face(properties: Any, face: str) -> None:
    """Word chooses by script: Chinese letters follow `eastAsia`, everything else the other two."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia"):
        fonts.set(qn(script), face)


def _rule(paragraph: Paragraph) -> None:
    """The red line below the number."""
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", str(RED))):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEEEEE")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _properties(document: Any, first: Paper) -> None:
    moment = first.issued_at.astimezone(UTC).replace(tzinfo=None)
    said = document.core_properties
    said.title, said.author, said.last_modified_by = f"{first.title} {first.number}", first.issuer, ""
    said.created = said.modified = moment
    said.comments, said.language, said.revision = "", "zh-CN", 1


def _dateless(content: bytes) -> bytes:
    """The same package with a fixed date on every part."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            part = zipfile.ZipInfo(name, ZIP_EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(part, given.read(name))
    return written.getvalue()

"""Papers as PDF/A-2b: describes the job and hands it to the typesetter, a process of its own."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.ui.papers.paper import Heading, Long, Pair, Paper, Row

TYPESETTER = Path(__file__).with_name("typeset.py")
MOST_PAPERS = 50
"""A page of the desk; about two seconds."""

WITHIN_S = 60.0
"""Fifty long papers on a busy machine; later something is wrong."""

ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Typesetting takes a core; the other one goes on answering."""


class NotTypeset(Exception):
    """The typesetter failed; its own words say why."""


async def render(papers: Sequence[Paper], fonts: str = "") -> bytes:
    """All of them in one file, each beginning on a page 1. `fonts` is a folder with the district's own fonts.

    Not in this process: layouts of many pages would stay in its memory for good.
    """
    told = json.dumps(job(papers, fonts)).encode()
    async with ONE_AT_A_TIME:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(TYPESETTER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(WITHIN_S):
                made, said = await child.communicate(told)
        finally:
            if child.returncode is None:  # timed out, or nobody waits for it any more
                child.kill()
                await child.wait()
    if child.returncode != 0:
        raise NotTypeset(said.decode(errors="replace"))
    return made


def job(papers: Sequence[Paper], fonts: str = "") -> dict[str, Any]:
    """What the typesetter is told; its date is the documents' own."""
    first = papers[0]
    return {
        "title": f"{first.title} {first.number}",
        "issuer": first.issuer,
        "folder": fonts,
        "timestamp": int(max(paper.issued_at for paper in papers).timestamp()),
        "papers": [_laid(paper) for paper in papers],
    }


def _laid(paper: Paper) -> dict[str, Any]:
    return {
        "issuer": paper.issuer,
        "title": paper.title,
        "number": paper.number,
        "rows": [_row(row) for row in paper.rows],
        "signature": paper.signature,
        "note": paper.note,
        "mark": paper.mark,
    }


def _row(row: Row) -> dict[str, Any]:
    match row:
        case Pair():
            return {"kind": "pair", "cells": [list(row.left), list(row.right)]}
        case Long():
            text = row.text.strip()
            return {"kind": "long", "label": row.label, "text": text, "grow": row.grow, "lines": row.lines}
        case Heading():
            return {"kind": "heading", "label": row.label}

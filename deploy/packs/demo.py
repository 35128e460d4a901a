"""Renders the demo programme's pack with dates around a given day."""

import re
from datetime import date, timedelta
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("demo.toml")
_HOLE = re.compile(r"\{\{(?:(year)|today([+-]\d+)?)\}\}")


def render_demo_pack(today: date) -> bytes:
    """The demo pack's TOML bytes as of `today`; the same day gives the same bytes."""

    def fill(hole: re.Match[str]) -> str:
        if hole[1]:
            return str(today.year)
        return (today + timedelta(days=int(hole[2] or 0))).isoformat()

    return _HOLE.sub(fill, _TEMPLATE.read_text("utf-8")).encode()

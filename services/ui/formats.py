"""How times and numbers look on a screen: always the district's local time, always the same widths."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
DASH = "—"


def local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    return value.astimezone(LOCAL)


def day(value: date | datetime | None) -> str:
    """11-17"""
    return _format(value, "%m-%d")


def whole_day(value: date | datetime | None) -> str:
    """2026-11-17"""
    return _format(value, "%Y-%m-%d")


def hour(value: datetime | None) -> str:
    """10:24"""
    return _format(value, "%H:%M")


def moment(value: datetime | None) -> str:
    """11-17 10:24"""
    return _format(value, "%m-%d %H:%M")


def whole_moment(value: datetime | None) -> str:
    """2026-11-17 10:24"""
    return _format(value, "%Y-%m-%d %H:%M")


def iso(value: datetime | date | None) -> str:
    """For the datetime attribute of <time>."""
    return "" if value is None else (local(value) if isinstance(value, datetime) else value).isoformat()


def rate(value: float | None, places: int = 1) -> str:
    """A share between 0 and 1 as 95.2 without its sign; a dash where there is nothing to divide by."""
    return DASH if value is None else f"{value * 100:.{places}f}"


def count(value: int | None) -> str:
    return DASH if value is None else f"{value:,}"


def short_hash(value: str | bytes) -> str:
    text = value.hex() if isinstance(value, bytes) else value
    return text[:10]


def _format(value: date | datetime | None, pattern: str) -> str:
    if value is None:
        return DASH
    return (local(value) if isinstance(value, datetime) else value).strftime(pattern)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "whole_day": whole_day,
    "hour": hour,
    "moment": moment,
    "whole_moment": whole_moment,
    "iso": iso,
    "rate": rate,
    "count_": count,
    "short_hash": short_hash,
}

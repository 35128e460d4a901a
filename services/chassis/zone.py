"""The zone of the district, apart from the clock: decisions reckon with days and must not be able to ask the time."""

from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
"""The zone in which offices open, days begin and screens show times."""

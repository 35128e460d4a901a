"""Roles as packs name them, and the accounts' roles that stand for them."""

from collections.abc import Mapping

HELD_AS: Mapping[str, str] = {"main_leader": "leading_group", "area_leader": "leading_group"}
"""Roles that packs name and the directory keeps under a wider one."""


def held_as(role: str) -> str:
    """The role by which accounts have it."""
    return HELD_AS.get(role, role)

"""Finds the unit behind a route's role: desk, territory, grid, or by 派单目录 and duties; never a recused one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.pack import Pack


class DirectoryUnit(Protocol):
    """What routing must know of a unit; `services.reference.directory.Unit` is one."""

    @property
    def unit_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def duties(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that may lead, who helps it by the directory, and how it was found."""

    unit: str
    zh: str
    en: str
    co: tuple[str, ...] = ()


class Units:
    """The units of the district as one pack and one case may use them."""

    def __init__(
        self,
        pack: Pack,
        directory: Sequence[DirectoryUnit],
        complained: Sequence[str],
        interested: Sequence[str],
        cells: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._pack, self._cells = pack, cells or {}
        self._units = {unit.unit_id: unit for unit in directory}
        recused = {*complained, *interested}
        self.barred = tuple(sorted(u for u in {*self._units, *recused} if recused & {u, *self._above(u)}))

    def name(self, unit: str) -> str:
        found = self._units.get(unit)
        return found.name if found else unit

    def may_handle(self, unit: str) -> bool:
        """Known and not recused. Nobody below a recused unit handles a complaint about it either."""
        return unit in self._units and unit not in self.barred

    def may_lead(self, unit: str) -> bool:
        """Nor of a level that the pack forbids to lead; the district as a whole is no handler."""
        if not self.may_handle(unit):
            return False
        level = self._units[unit].level
        return level != "district" and level not in self._pack.order.never_lead_levels

    def find(self, place: str, category: str | None, territory: str | None) -> Found | None:
        """Who leads: the first at this place who may."""
        if place.startswith("unit:"):
            unit = place.removeprefix("unit:")
            return Found(unit, f"方案定为{self.name(unit)}", "the pack names it") if self.may_lead(unit) else None
        if place.startswith("grid:"):
            ways = self._in_grid(place.removeprefix("grid:"))
            return next((found for found in ways if self.may_lead(found.unit)), None)
        match place:
            case "desk":
                ways = self._desks()
            case "territory":
                ways = self._upward(territory)
            case "directory":
                ways = self._by_duty(category)
            case _:
                return None
        return next((found for found in ways if self.may_lead(found.unit)), None)

    def _desks(self) -> Iterator[Found]:
        for unit in self._units.values():
            if unit.level == "desk":
                yield Found(unit.unit_id, f"专席为{unit.name}", f"the desk is {unit.name}")

    def _upward(self, territory: str | None) -> Iterator[Found]:
        """The territory itself, else the next level up (三级联动)."""
        if territory is None or territory not in self._units:
            return
        yield Found(territory, f"属地为{self.name(territory)}", f"the territory is {self.name(territory)}")
        for unit in self._above(territory):
            zh = f"属地{self.name(territory)}的上级为{self.name(unit)}"
            yield Found(unit, zh, f"{self.name(unit)} stands above the territory {self.name(territory)}")

    def _in_grid(self, layer: str) -> Iterator[Found]:
        """The unit of the cell that it lies in, else of the cells above: community, town, district (HA-24)."""
        for unit in self._cells.get(layer, ()):
            yield Found(unit, f"所在网格由{self.name(unit)}负责", f"its grid cell is {self.name(unit)}'s")

    def _by_duty(self, category: str | None) -> Iterator[Found]:
        """派单目录 first, then whoever's duties name the category."""
        names = self._pack.category_names().get(category or "")
        shown = names[1] if names else category or ""
        if row := self._pack.directory_row(category):
            number, line = row
            zh = f"派单目录第 {number} 行：{shown}由{self.name(line.lead)}主办"
            en = f"line {number} of the directory: {shown} is led by {self.name(line.lead)}"
            yield Found(line.lead, zh, en, line.co)
        for unit in sorted(self._units.values(), key=lambda unit: (len(unit.duties), unit.unit_id)):
            if category in unit.duties:
                yield Found(unit.unit_id, f"{unit.name}的职责列有{shown}", f"the duties of {unit.name} name {shown}")

    def _above(self, unit: str) -> Iterator[str]:
        seen = {unit}
        while (found := self._units.get(unit)) and found.parent and found.parent not in seen:
            unit = found.parent
            seen.add(unit)
            yield unit

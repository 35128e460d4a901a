"""Cells of the grid and which of them a place lies in. Defining again what is already so changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.event import Event
from contracts.intake import GridCellDefined, GridCellsUnified
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_

LEVELS = ("district", "town", "community")
"""区、乡办、社区三级联动, from above (HA-24)."""


@dataclass(frozen=True, slots=True)
class DefineCell:
    """`parent` is the cell above as the grid has it now; None where the grid does not have it."""

    wanted: GridCellDefined
    parent: GridCellDefined | None = None


@dataclass(frozen=True, slots=True)
class UnifyCells:
    """`layers` says of every cell named which layer it is of, as the grid has it now."""

    wanted: GridCellsUnified
    layers: Mapping[str, str] = field(default_factory=dict)


def _last_cell(state: GridCellDefined | None, event: Event) -> GridCellDefined | None:
    if isinstance(event, GridCellDefined):
        return event
    raise TypeError(f"{type(event).__name__} is no event of a grid cell")


def _define(state: GridCellDefined | None, c: DefineCell) -> Sequence[Event]:
    """A cell keeps its layer and level; every one but a layer's highest stands in exactly one above it."""
    cell = c.wanted
    if state == cell:
        return []
    if state is not None and (state.layer, state.level) != (cell.layer, cell.level):
        raise Rejected("cell-moved", N_("网格的层和级不能改；请另立一个网格。"), "layer")
    above = LEVELS.index(cell.level)
    if cell.parent is None:
        if above:
            raise Rejected("no-parent", N_("区级以下的网格须写明上级网格。"), "parent")
        return [cell]
    if c.parent is None:
        raise Rejected("no-such-cell", N_("没有这个网格：{grid}。"), "parent", grid=cell.parent)
    if c.parent.layer != cell.layer:
        raise Rejected("other-layer", N_("网格 {grid} 不属于这一层。"), "parent", grid=cell.parent)
    if LEVELS.index(c.parent.level) != above - 1:
        raise Rejected("not-one-above", N_("上级网格须高一级。"), "parent")
    return [cell]


def _last_place(state: GridCellsUnified | None, event: Event) -> GridCellsUnified | None:
    if isinstance(event, GridCellsUnified):
        return event
    raise TypeError(f"{type(event).__name__} is no event of a place")


def _unify(state: GridCellsUnified | None, c: UnifyCells) -> Sequence[Event]:
    """三网融合: one cell in each layer that is named, and each of its own layer (HA-27)."""
    if state == c.wanted:
        return []
    refuse_foreign(c.wanted.grid_ids, c.layers)
    return [c.wanted]


def refuse_foreign(grid_ids: Mapping[str, str], layers: Mapping[str, str]) -> None:
    """Every cell exists, and stands under the layer that it is of."""
    for layer, grid in grid_ids.items():
        if grid not in layers:
            raise Rejected("no-such-cell", N_("没有这个网格：{grid}。"), "grid_ids", grid=grid)
        if layers[grid] != layer:
            raise Rejected("other-layer", N_("网格 {grid} 不属于这一层。"), "grid_ids", grid=grid)


cell: Decider[GridCellDefined | None, DefineCell] = Decider("grid cell", None, _last_cell, _define)
place: Decider[GridCellsUnified | None, UnifyCells] = Decider("place", None, _last_place, _unify)

"""Requests that come to a case on the list and leave it again, with whom they complain of."""

from collections.abc import Iterable, Sequence

from contracts.dispatch import AbsorptionUndone, CaseAbsorbed, JoinUndone, RequestJoined
from services.dispatch.read.board_row import BoardRow


def joined(row: BoardRow, event: RequestJoined | JoinUndone | CaseAbsorbed | AbsorptionUndone) -> None:
    """Requests and those complained of come and go one by one: the same one may have come on two ways."""
    match event:
        case RequestJoined():
            row.request_ids = [*row.request_ids, event.request_id]
            row.complained = [*row.complained, *event.complained_units]
        case JoinUndone():
            row.request_ids = _without(row.request_ids, [event.request_id])
            row.complained = _without(row.complained, event.complained_units)
        case CaseAbsorbed():
            row.request_ids = [*row.request_ids, *event.request_ids]
            row.absorbed = [*row.absorbed, event.from_case]
            row.complained = [*row.complained, *event.complained_units]
            row.absorbed_complained = [
                *row.absorbed_complained,
                *(f"{event.from_case} {unit}" for unit in event.complained_units),
            ]
        case AbsorptionUndone():
            row.request_ids = _without(row.request_ids, event.request_ids)
            row.absorbed = _without(row.absorbed, [event.to_case])
            gone = [one for one in row.absorbed_complained if one.startswith(f"{event.to_case} ")]
            row.complained = _without(row.complained, [one.partition(" ")[2] for one in gone])
            row.absorbed_complained = _without(row.absorbed_complained, gone)


def _without(values: Sequence[str], gone: Iterable[str]) -> list[str]:
    """Each of `gone` once less, the latest first."""
    left = list(reversed(values))
    for one in gone:
        if one in left:
            left.remove(one)
    return list(reversed(left))

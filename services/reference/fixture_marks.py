"""A value of a pack as pages show it: one that is invented for trials carries a sign that says so."""

from collections.abc import Sequence

from markupsafe import Markup

from services.reference.programmes import ActivePack
from services.ui.i18n import gettext as _


def marked(text: str, active: ActivePack, *paths: str) -> str:
    """`paths`: where the value stands in the pack, as `order.max_returns`."""
    if not any(active.fixtures.has(path) for path in paths):
        return text
    return Markup('{} <span class="chip chip-warn">{}</span>').format(text, _("示例值"))


def marked_rows(rows: Sequence[Sequence[str]], active: ActivePack, path: str) -> list[list[str]]:
    """A list of the pack as a table: the sign stands behind the first cell of each row that is marked."""
    return [[marked(row[0], active, f"{path}[{n}]"), *row[1:]] for n, row in enumerate(rows)]

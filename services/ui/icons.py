"""Icons and lights as references into the one SVG sprite."""

import re
from functools import cache

from markupsafe import Markup

from services.ui.assets import shared

SPRITE = "icons.svg"


@cache
def names() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="([^"]+)"', shared().files[SPRITE].body.decode()))


def icon(name: str, extra: str = "") -> Markup:
    """A decorative icon: the words beside it carry the meaning, so it is hidden from screen readers."""
    if name not in names():
        raise KeyError(f"no icon {name!r}: add it to vendor.toml and run services.ui.vendoring")
    return Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        extra, shared().url(SPRITE), name
    )

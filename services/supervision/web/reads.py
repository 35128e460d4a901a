"""What pages and commands of this process read."""

from starlette.requests import Request

from services.reference.reads import Reads, kept

__all__ = ["Reads", "reads"]


def reads(request: Request) -> Reads:
    """Made at the first request of the process."""
    return kept(request, lambda _service, parts: Reads(*parts))

"""Several commands of one form: each under an id of its own that is made from the form's."""

from starlette.requests import Request

from services.chassis.web import command_id


def part_of(request: Request, name: str) -> Request:
    """The same request for one of its commands; what was seen of another stream is not asked of this one."""
    state = {**request.scope["state"], "command_id": f"{command_id(request)}/{name}", "expected": None}
    return Request({**request.scope, "state": state}, request.receive)

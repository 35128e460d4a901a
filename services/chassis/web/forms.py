"""Forms: read into a model, and shown again with everything that was typed when they are refused."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web.refusals import FormErrors, Refusal
from services.chassis.web.wording import wording

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")
Again = Callable[[Refusal], Awaitable[Response]]
Prepare = Callable[[dict[str, Any]], Awaitable[None]]

OUR_FIELDS = frozenset({"csrf", "command_id", "expected", "after"})
"""Fields that the macros put into every form; they are the chassis', not the form's."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Many = Annotated[list[Item], BeforeValidator(_as_list)]
"""A field that a form may send once or several times (checkboxes, chips): a list either way."""


async def read_form(
    request: Request, model: type[Model], again: Again | None = None, prepare: Prepare | None = None
) -> Model:
    """The form as `model`. `again` renders its page anew; any refusal until the answer then goes through it.

    Dotted names nest: `requests.0.text` is `requests[0].text`. Empty fields count as not given. `prepare` may change
    what was typed before it is read, and so also what is shown again: uploaded files become what they are kept as.
    """
    typed = nested(await request.form())
    if again:
        show_again(request, again, typed)
    if prepare:
        await prepare(typed)
    try:
        return model.model_validate(typed)
    except ValidationError as error:
        problems = {".".join(map(str, e["loc"])) or "form": wording(e) for e in error.errors()}
        raise FormErrors(problems, typed) from error


def show_again(request: Request, again: Again, values: Mapping[str, Any]) -> None:
    """Name the page that a refusal of this request is shown on, with `values` as they were typed."""
    request.state.again, request.state.values = again, values


def nested(form: FormData) -> dict[str, Any]:
    """Form fields as a tree: dots nest, numbers make lists, a repeated name is a list."""
    tree: dict[str, Any] = {}
    for name in form:
        values = [v for v in form.getlist(name) if not _empty(v)]
        if name in OUR_FIELDS or not values:
            continue
        _place(tree, name.split("."), values[0] if len(values) == 1 else values)
    return {name: _lists(value) for name, value in tree.items()}


def _empty(value: str | UploadFile) -> bool:
    return not value.strip() if isinstance(value, str) else not value.filename


def _place(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            return  # "a" and "a.b" in one form: the plain field was first and stands
        tree = below
    tree.setdefault(path[-1], value)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(item) for key, item in value.items()}

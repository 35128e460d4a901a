"""Says in both languages what pydantic found wrong with a value, and what would be right."""

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from contracts.duration import DurationError
from contracts.pack.errors import Path

_TYPES = {
    "string_type": ("应写成加引号的文字", "write text in quotes"),
    "string_too_short": ("不能为空", "must not be empty"),
    "int_type": ("应写一个整数，不加引号", "write a whole number without quotes"),
    "bool_type": ("应写 true 或 false，不加引号", "write true or false without quotes"),
    "tuple_type": ("应写成列表 [...]", "write a list [...]"),
    "dict_type": ("应写成表 { ... }", "write a table { ... }"),
    "model_type": ("应写成表 { ... }", "write a table { ... }"),
    "model_attributes_type": ("应写成表 { ... }", "write a table { ... }"),
}


def worded(detail: ErrorDetails, model: type[BaseModel], path: Path) -> tuple[str, str]:
    """The message for one finding of pydantic inside a table of type `model`."""
    kind, context = detail["type"], detail.get("ctx", {})
    if path[-2:-1] and path[1:2] == ("route",) and path[-1] == "lead" and kind in ("missing", "string_type"):
        return "每条派单规则应恰好写一个主办（lead）", "every route needs exactly one lead"
    if "zh" in context:
        return str(context["zh"]), str(context["en"])
    match kind:
        case "missing":
            return "缺少这一项", "this is required"
        case "extra_forbidden":
            return _unknown(str(path[-1]), model, detail["loc"])
        case "literal_error":
            expected = str(context["expected"])
            zh = expected.replace(" or ", "、").replace(", ", "、").replace("'", "")
            return f"只能是 {zh}", f"must be {expected}"
        case "too_short":
            least = context["min_length"]
            return f"至少写 {least} 行", f"write at least {least}"
        case "string_pattern_mismatch":
            return f"写法不对，应符合 {context['pattern']}", f"must match {context['pattern']}"
        case "value_error" if isinstance(context.get("error"), DurationError):
            return context["error"].message_zh, context["error"].message_en
    return _TYPES.get(kind) or _bound(context, detail["msg"])


def _bound(context: dict[str, Any], message: str) -> tuple[str, str]:
    words = {"ge": ("不得小于", "≥"), "le": ("不得大于", "≤"), "gt": ("应大于", ">"), "lt": ("应小于", "<")}
    for key, (zh, en) in words.items():
        if key in context:
            return f"{zh} {context[key]}", f"must be {en} {context[key]}"
    return f"写法不对：{message}", message


def _unknown(key: str, model: type[BaseModel], inside: tuple[int | str, ...]) -> tuple[str, str]:
    known = _keys(model, inside[:-1])
    close = get_close_matches(key, known, n=1)
    hint_zh = f"；是否想写 {close[0]}？" if close else f"；可用的有 {'、'.join(known)}"
    hint_en = f"; did you mean {close[0]}?" if close else f"; known keys: {', '.join(known)}"
    return f"不认识的项 {key}{hint_zh}", f"unknown key {key}{hint_en}"


def _keys(model: type[BaseModel], inside: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at `inside`, following nested tables."""
    for part in inside:
        if isinstance(part, str) and (field := _field(model, part)) is not None:
            nested = _nested(field)
            if nested is None:
                return []
            model = nested
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[BaseModel], key: str) -> Any:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            return field.annotation
    return None


def _nested(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _nested(part))), None)

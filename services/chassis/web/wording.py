"""What is wrong with a field, in a person's words, for pydantic's error types."""

from collections.abc import Mapping
from typing import Any

from services.chassis.web.language import Text

_PLAIN: dict[str, Text] = {
    "missing": Text("请填写此项", "Please fill this in"),
    "string_too_short": Text("至少 {min_length} 个字", "At least {min_length} characters"),
    "string_too_long": Text("最多 {max_length} 个字", "At most {max_length} characters"),
    "string_pattern_mismatch": Text("格式不对", "Wrong format"),
    "string_type": Text("应为文字", "Should be text"),
    "too_short": Text("至少 {min_length} 项", "At least {min_length} items"),
    "too_long": Text("最多 {max_length} 项", "At most {max_length} items"),
    "int_parsing": Text("应为整数", "Should be a whole number"),
    "int_type": Text("应为整数", "Should be a whole number"),
    "int_from_float": Text("应为整数", "Should be a whole number"),
    "int_parsing_size": Text("数字过大", "The number is too large"),
    "float_parsing": Text("应为数字", "Should be a number"),
    "decimal_parsing": Text("应为数字", "Should be a number"),
    "bool_parsing": Text("应为是或否", "Should be yes or no"),
    "bool_type": Text("应为是或否", "Should be yes or no"),
    "greater_than": Text("应大于 {gt}", "Should be more than {gt}"),
    "greater_than_equal": Text("不能小于 {ge}", "Should be at least {ge}"),
    "less_than": Text("应小于 {lt}", "Should be less than {lt}"),
    "less_than_equal": Text("不能大于 {le}", "Should be at most {le}"),
    "enum": Text("请从所列选项中选择", "Choose one of the options"),
    "literal_error": Text("请从所列选项中选择", "Choose one of the options"),
    "timezone_aware": Text("时间缺少时区", "The time needs an offset"),
    "extra_forbidden": Text("没有此项", "There is no such field"),
    "json_invalid": Text("不是有效的 JSON", "Not valid JSON"),
    "list_type": Text("应为列表", "Should be a list"),
    "dict_type": Text("应为对象", "Should be an object"),
    "model_attributes_type": Text("应为对象", "Should be an object"),
}

_WHEN = Text("日期或时间不对", "Not a date or time")
_ODD = Text("此项有误", "This is not right")


def wording(error: Mapping[str, Any]) -> Text:
    """The sentence for one entry of a validation error's `errors()`, its limits filled in.

    A `ValueError` raised by a model's own validator may carry a `Text`; it is then said as it is.
    """
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind == "value_error":
        return _own(context.get("error"))
    if kind.startswith(("date", "time")) and kind != "timezone_aware":
        return _WHEN
    found = _PLAIN.get(kind, _ODD)
    try:
        return Text(found.zh.format(**context), found.en.format(**context))
    except KeyError:
        return _ODD


def _own(error: object) -> Text:
    argument = error.args[0] if isinstance(error, ValueError) and error.args else None
    if isinstance(argument, Text):
        return argument
    return Text(str(argument), str(argument)) if argument else _ODD

"""What a form shows: the values typed so far, the refusals beside their fields, and the hidden fields of a command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from services.chassis.web.refusals import Refusal


def new_command_id() -> str:
    """A form carries its own command id: sending it twice can have only one effect."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Form:
    """One form on a page. Re-render it with the same values and `errors` and nothing typed is lost.

    `expected` is the version the person saw; `changed` says in words what others changed since (a 409);
    `general` are refusals that belong to no field.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    general: Sequence[str] = ()
    changed: Sequence[str] = ()
    expected: int | str | None = None
    command_id: str = ""
    """Empty: a new one each time the form is shown, so that no two people ever send the same."""

    key: str = ""
    """Tells the fields of several forms on one page apart."""

    @classmethod
    def again(cls, refusal: Refusal, *, expected: int | str | None = None, changed: Sequence[str] = ()) -> "Form":
        """The form after a refusal: what was typed, each message beside its field, the rest on top.

        After a 409 pass the version shown now as `expected` and what others changed as `changed`.
        """
        errors = refusal.errors
        stale = refusal.stale and not errors
        general = () if errors or stale else (refusal.problem.detail,)
        return cls(refusal.values, errors, general, changed or ((refusal.problem.detail,) if stale else ()), expected)

    def _find(self, name: str, default: object) -> object:
        """A plain name, or a dotted one in the tree that the chassis reads forms into."""
        if name in self.values:
            return self.values[name]
        found: object = self.values
        for part in name.split("."):
            if isinstance(found, Mapping) and part in found:
                found = found[part]
            elif isinstance(found, (list, tuple)) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                return default
        return found

    def named(self, key: str) -> "Form":
        """The same form as one of several on a page."""
        return replace(self, key=key.replace("/", "-"))

    def id(self, name: str) -> str:
        """The id of a field's element, which its label, its words and the summary point to."""
        return f"f-{self.key}-{name}" if self.key else f"f-{name}"

    def value(self, name: str, default: object = "") -> str:
        found = self._find(name, default)
        if isinstance(found, (list, tuple)):
            found = found[0] if found else ""
        return "" if found is None else str(found)

    def chosen(self, name: str, option: object, default: object = "") -> bool:
        found = self._find(name, default)
        many = found if isinstance(found, (list, tuple, set, frozenset)) else [found]
        return str(option) in {str(one) for one in many if one is not None}

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    @property
    def refused(self) -> bool:
        return bool(self.errors or self.general or self.changed)


BLANK = Form()

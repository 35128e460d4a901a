"""退回补充: the desk cannot hand a case over before somebody says more, and what was then said."""

from pydantic import Field

from contracts.event import Code, Event, Note
from contracts.sealed import Sealed


class CaseSentBack(Event, type="case-sent-back", version=1, owner="dispatch", stream="case", key="case_id"):
    """Too little is known to hand it over: whoever took the request in asks again and adds what is missing."""

    case_id: Code
    case_no: int = Field(ge=1)
    missing: Note = Field(min_length=1)
    """What must be known first, as the place or who is concerned."""


class CaseSupplemented(Event, type="case-supplemented", version=1, owner="dispatch", stream="case", key="case_id"):
    """What intake added to one of the case's requests; a case that was sent back stands at the desk again."""

    case_id: Code
    case_no: int = Field(ge=1)
    request_id: Code
    text: Sealed

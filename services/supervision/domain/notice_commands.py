"""What may be said to a slip: by rules, by people, by the unit that it is for."""

from dataclasses import dataclass
from datetime import datetime

from contracts.supervision import NoticeSource
from services.supervision.domain.ladder import Ladder


@dataclass(frozen=True, slots=True)
class IssueNotice:
    """`issuer` is the unit of the person who issues it, None where a rule does. `level` may lie above the slips:
    then the highest slip is issued and raised at once (direct entry)."""

    notice_id: str
    programme_id: str
    ladder: Ladder
    level: str
    target_unit: str
    matter: str
    source: NoticeSource
    problem: str
    requirements: str
    at: datetime
    reply_by: datetime
    issuer: str | None = None
    entry: str | None = None
    """The least level that the pack gives this ground (direct entry)."""

    recorded: bool = False
    """Whether the log holds what the source says of this unit: a call-back that failed, a misreport."""

    case_id: str | None = None
    order_id: str | None = None
    cc: tuple[str, ...] = ()
    rule_id: str | None = None
    asked: int = 0
    """Checks and routine slips of this unit in this month."""

    cap: int = 0


@dataclass(frozen=True, slots=True)
class ReplyToNotice:
    unit: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VerifyReply:
    """It holds and the matter is closed, or it does not and rises one step with a new time to answer."""

    unit: str
    holds: bool
    text: str
    ladder: Ladder
    reply_by: datetime


@dataclass(frozen=True, slots=True)
class RaiseNotice:
    """`unit` is that of the leader who overrides; None where a rule raises."""

    ladder: Ladder
    to_level: str
    rule_id: str
    reply_by: datetime | None
    reason: str = ""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """Nobody answered in time."""

    ladder: Ladder
    at: datetime
    reply_by: datetime


@dataclass(frozen=True, slots=True)
class CloseNotice:
    """`unit` is that of the person who closes it; None where a rule finds that the matter is gone."""

    verdict: str
    unit: str | None = None


Command = IssueNotice | ReplyToNotice | VerifyReply | RaiseNotice | JudgeReply | CloseNotice

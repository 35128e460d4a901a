"""What people and process managers ask of a case. Facts from elsewhere (pack rules, due times, numbers) are fields."""

from services.dispatch.domain.commands.closing import (
    CloseUnhandled,
    RecomputeDeadlines,
    ReopenCase,
    ReportUp,
    ResumeCase,
    StartVerification,
    StrikeOff,
    SuspendCase,
)
from services.dispatch.domain.commands.consulting import HoldConsultation, NoteConsultation
from services.dispatch.domain.commands.joining import (
    AbsorbCase,
    JoinRequest,
    MergeCase,
    SplitCase,
    UndoAbsorption,
    UndoMerge,
)
from services.dispatch.domain.commands.opening import (
    BindLeader,
    CancelOrder,
    ClassifyCase,
    DecideSuggestion,
    DesignateLead,
    Dispatch,
    IssueOrders,
    NewOrder,
    OpenCase,
    RouteCase,
)
from services.dispatch.domain.commands.orders import (
    CompleteOrder,
    CompletionRules,
    ContactRequester,
    DecideExtension,
    FilePlan,
    ReachMilestone,
    ReportFindings,
    ReportProgress,
    RequestExtension,
    ReturnOrder,
    RuleReturn,
    SignOrder,
    VerifyOnSite,
)

OrderCommand = SignOrder | ReturnOrder | RuleReturn | ContactRequester | FilePlan | ReportProgress | CompleteOrder
CaseCommand = (
    OpenCase | ClassifyCase | RouteCase | IssueOrders | Dispatch | SuspendCase | ResumeCase | StrikeOff | ReopenCase
)
Command = CaseCommand | OrderCommand

__all__ = [
    "AbsorbCase",
    "BindLeader",
    "CancelOrder",
    "CaseCommand",
    "ClassifyCase",
    "CloseUnhandled",
    "Command",
    "CompleteOrder",
    "CompletionRules",
    "ContactRequester",
    "DecideExtension",
    "DecideSuggestion",
    "DesignateLead",
    "Dispatch",
    "FilePlan",
    "HoldConsultation",
    "IssueOrders",
    "JoinRequest",
    "MergeCase",
    "NewOrder",
    "NoteConsultation",
    "OpenCase",
    "OrderCommand",
    "ReachMilestone",
    "RecomputeDeadlines",
    "ReopenCase",
    "ReportFindings",
    "ReportProgress",
    "ReportUp",
    "RequestExtension",
    "ResumeCase",
    "ReturnOrder",
    "RouteCase",
    "RuleReturn",
    "SignOrder",
    "SplitCase",
    "StartVerification",
    "StrikeOff",
    "SuspendCase",
    "UndoAbsorption",
    "UndoMerge",
    "VerifyOnSite",
]

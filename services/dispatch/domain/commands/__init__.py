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

HandlingCommand = (
    SignOrder | ContactRequester | FilePlan | ReachMilestone | ReportProgress | VerifyOnSite | ReportFindings
)
OrderCommand = (
    HandlingCommand | ReturnOrder | RuleReturn | CancelOrder | RequestExtension | DecideExtension | CompleteOrder
)
OpeningCommand = (
    OpenCase | ClassifyCase | RouteCase | DesignateLead | BindLeader | DecideSuggestion | IssueOrders | Dispatch
)
ClosingCommand = (
    NoteConsultation
    | SuspendCase
    | ResumeCase
    | RecomputeDeadlines
    | StartVerification
    | StrikeOff
    | ReportUp
    | ReopenCase
    | CloseUnhandled
)
JoiningCommand = JoinRequest | MergeCase | AbsorbCase | UndoMerge | UndoAbsorption | SplitCase
Command = OrderCommand | OpeningCommand | ClosingCommand | JoiningCommand

__all__ = [
    "AbsorbCase",
    "BindLeader",
    "CancelOrder",
    "ClassifyCase",
    "CloseUnhandled",
    "ClosingCommand",
    "Command",
    "CompleteOrder",
    "CompletionRules",
    "ContactRequester",
    "DecideExtension",
    "DecideSuggestion",
    "DesignateLead",
    "Dispatch",
    "FilePlan",
    "HandlingCommand",
    "HoldConsultation",
    "IssueOrders",
    "JoinRequest",
    "JoiningCommand",
    "MergeCase",
    "NewOrder",
    "NoteConsultation",
    "OpenCase",
    "OpeningCommand",
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

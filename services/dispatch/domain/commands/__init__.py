"""What people and process managers ask of a case. Facts from elsewhere (pack rules, due times, numbers) are fields."""

from services.dispatch.domain.commands.closing import (
    CloseUnhandled,
    RecomputeDeadlines,
    ReopenCase,
    ReportUp,
    ResumeCase,
    ReviewSuspension,
    Showcase,
    StartVerification,
    StrikeOff,
    SuspendCase,
    WithdrawShowcase,
)
from services.dispatch.domain.commands.consulting import HoldConsultation, NoteConsultation, NoteMeeting
from services.dispatch.domain.commands.joining import (
    AbsorbCase,
    JoinRequest,
    MergeCase,
    SplitCase,
    UndoAbsorption,
    UndoJoin,
    UndoMerge,
)
from services.dispatch.domain.commands.opening import (
    BeginFallback,
    BindLeader,
    CancelOrder,
    ClassifyCase,
    DecideSuggestion,
    DesignateLead,
    Dispatch,
    Elsewhere,
    HandOverCommon,
    IssueOrders,
    Issuers,
    NewOrder,
    OpenCase,
    Prepare,
    RouteCase,
    SendBack,
    SupplementCase,
)
from services.dispatch.domain.commands.orders import (
    CompleteOrder,
    CompletionRules,
    ContactRequester,
    DecideExtension,
    FilePlan,
    Heard,
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
    OpenCase
    | ClassifyCase
    | RouteCase
    | DesignateLead
    | BindLeader
    | DecideSuggestion
    | SendBack
    | SupplementCase
    | BeginFallback
    | Prepare
    | IssueOrders
    | Dispatch
    | HandOverCommon
)
ClosingCommand = (
    NoteConsultation
    | NoteMeeting
    | SuspendCase
    | ResumeCase
    | ReviewSuspension
    | RecomputeDeadlines
    | StartVerification
    | StrikeOff
    | ReportUp
    | ReopenCase
    | CloseUnhandled
    | Showcase
    | WithdrawShowcase
)
JoiningCommand = JoinRequest | UndoJoin | MergeCase | AbsorbCase | UndoMerge | UndoAbsorption | SplitCase
Command = OrderCommand | OpeningCommand | ClosingCommand | JoiningCommand

__all__ = [
    "AbsorbCase",
    "BeginFallback",
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
    "Elsewhere",
    "FilePlan",
    "HandOverCommon",
    "HandlingCommand",
    "Heard",
    "HoldConsultation",
    "IssueOrders",
    "Issuers",
    "JoinRequest",
    "JoiningCommand",
    "MergeCase",
    "NewOrder",
    "NoteConsultation",
    "NoteMeeting",
    "OpenCase",
    "OpeningCommand",
    "OrderCommand",
    "Prepare",
    "ReachMilestone",
    "RecomputeDeadlines",
    "ReopenCase",
    "ReportFindings",
    "ReportProgress",
    "ReportUp",
    "RequestExtension",
    "ResumeCase",
    "ReturnOrder",
    "ReviewSuspension",
    "RouteCase",
    "RuleReturn",
    "SendBack",
    "Showcase",
    "SignOrder",
    "SplitCase",
    "StartVerification",
    "StrikeOff",
    "SupplementCase",
    "SuspendCase",
    "UndoAbsorption",
    "UndoJoin",
    "UndoMerge",
    "VerifyOnSite",
    "WithdrawShowcase",
]

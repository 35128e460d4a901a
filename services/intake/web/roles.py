"""Which roles may do what in intake."""

from services.chassis.web import User
from services.reference.words import ROLE_NAMES

VISIT = ("visitor", "intake_clerk", "programme_office", "unit_clerk", "unit_leader", "work_group_lead")
REGISTER = ("intake_clerk", "programme_office", "dispatcher", "visitor", "admin")
DECIDE = ("intake_clerk", "programme_office")
"""Who takes requests in or turns them down."""

SUPPLEMENT = REGISTER
"""Who may add to a request that they see: whoever may take one down."""

SEE_ALL = ("intake_clerk", "programme_office", "dispatcher", "supervisor", "discipline", "work_group_lead", "admin")
SEE_OWN = ("visitor", "unit_clerk", "unit_leader")
"""Only what they registered themselves, or what lies in their own territory."""

SEE = (*SEE_ALL, *SEE_OWN, "auditor", "leading_group")
REACH_ANY = ("intake_clerk", "programme_office", "dispatcher", "supervisor")
REACH_OF_UNIT = ("unit_clerk", "unit_leader")
REQUESTER = (*REACH_ANY, "visitor", *REACH_OF_UNIT)
"""Who needs to reach the person who asks: units those whose case they hold or held, visitors whom they met."""

CONFIDENTIAL = ("intake_clerk", "programme_office", "supervisor", "discipline")
"""Who may know who asks when that person wished not to be named (domain 2.5 (4))."""

PAIR_ALL = ("programme_office", "admin")
"""Who draws up pairs for everybody, and enters or takes back what others did."""

PAIR_UNIT = ("unit_leader", "work_group_lead")
"""The same for the people of one's own unit (EB-09)."""

OUTREACH = (*VISIT, "admin", "supervisor", "discipline", "leading_group", "auditor")
"""Who sees pairs and activities: those who have some, and those who look after it."""

OUTREACH_ALL = ("programme_office", "admin", "supervisor", "discipline", "leading_group", "auditor")
"""Who sees those of all units."""

MEETS = (*VISIT, "admin")
"""Who knows a household by its name and address: others look after pairs and activities by its id."""

ERASE = ("admin", "programme_office")
DIRECTORY = ("admin",)
LOOKS = ("auditor", "admin", "discipline")

HOMES = (
    ("dispatcher", "/dispatch/desk"),
    ("intake_clerk", "/intake/requests"),
    ("programme_office", "/dispatch/"),
    ("work_group_lead", "/dispatch/"),
    ("supervisor", "/supervision/"),
    ("discipline", "/supervision/"),
    ("unit_clerk", "/dispatch/inbox"),
    ("unit_leader", "/dispatch/inbox"),
    ("visitor", "/intake/visits"),
    ("leading_group", "/reporting/"),
    ("auditor", "/audit/"),
    ("admin", "/intake/directory"),
)
"""Where a person's day begins, by their first role in this order."""


def home(user: User) -> str:
    """The page a person opens first."""
    return next((path for role, path in HOMES if user.has(role)), "/intake/me")


def acting(user: User, allowed: tuple[str, ...]) -> str:
    """The role that permitted an act, for the envelope."""
    return next((role for role in allowed if user.has(role)), "none")


def role_names(user: User) -> list[str]:
    """The plain names of a user's roles."""
    return [ROLE_NAMES.get(role, role) for role in user.roles]

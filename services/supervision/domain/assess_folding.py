"""Events folded into the facts of an assessment, in the order of the log; the same positions give the same facts.

The counting clock is the recorded time; what supervision itself judges afterwards (a breach, a missed slot) counts by
the moment that it speaks of.
"""

from contracts.event import Event
from contracts.intake import (
    GridCellDefined,
    PersonRegistered,
    RequestRegistered,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
    VisitRecorded,
)
from contracts.supervision import (
    BreachWithdrawn,
    CadenceFulfilled,
    CadenceMissed,
    DeadlineBreached,
    FollowUpCancelled,
    FollowUpConducted,
    FollowUpScheduled,
    MisreportEstablished,
    NoticeIssued,
    NoticeWithdrawn,
    SpotCheckConducted,
    SupervisionClosed,
    SupervisionNoticeIssued,
)
from services.supervision.domain import assess_owing
from services.supervision.domain.assess_coverage import COVERING, OF_A_PROGRAMME
from services.supervision.domain.assess_facts import (
    AnswerFact,
    BreachFact,
    BulletinFact,
    CaseFact,
    CheckFact,
    Facts,
    MisreportFact,
    SlipFact,
    SlotFact,
    Told,
)
from services.supervision.domain.assess_fold_cases import OF_CASES, Step, of_case

JUDGED_LATER = (CadenceFulfilled, CadenceMissed, DeadlineBreached, BreachWithdrawn, NoticeWithdrawn)
"""These speak of an earlier moment, or take back what should never have counted."""


def _unit(f: Facts, e: UnitRegistered, t: Told) -> None:
    f.units[e.unit_id] = e
    _covering(f, e, t)


def _person(f: Facts, e: PersonRegistered, t: Told) -> None:
    _covering(f, e, t)
    assess_owing.person(f, e, t)


def _visit(f: Facts, e: VisitRecorded, t: Told) -> None:
    _covering(f, e, t)
    assess_owing.visited(f, e, t)


def _covering(f: Facts, e: Event, t: Told) -> None:
    if t.programme == f.programme or not isinstance(e, OF_A_PROGRAMME):
        COVERING[type(e)](f.covered, e, t)


def _scheduled(f: Facts, c: CaseFact, e: FollowUpScheduled, t: Told) -> None:
    f.answers[e.followup_id] = AnswerFact(e.followup_id, e.case_id, e.round, e.leg)


def _heard(f: Facts, c: CaseFact, e: FollowUpConducted, t: Told) -> None:
    answer = f.answers.setdefault(e.followup_id, AnswerFact(e.followup_id, e.case_id, e.round, e.leg))
    answer.heard, answer.heard_at = e, t.time


def _asked_no_more(f: Facts, c: CaseFact, e: FollowUpCancelled, t: Told) -> None:
    f.answers.pop(e.followup_id, None)


def _checked(f: Facts, c: CaseFact, e: SpotCheckConducted, t: Told) -> None:
    f.checks.append(CheckFact(e.check_id, e.case_id or e.item, e.passed, t.time))


def _slot(f: Facts, e: CadenceFulfilled | CadenceMissed, t: Told) -> None:
    if e.programme_id != f.programme:
        return
    slot = f.slots.setdefault(e.slot_id, SlotFact(e.slot_id, e.cadence_id, e.slot, e.owner))
    if isinstance(e, CadenceMissed):
        slot.missed = True
    elif not e.late:
        slot.kept = True


def _slip(f: Facts, e: SupervisionNoticeIssued, t: Told) -> None:
    if e.programme_id == f.programme:
        f.slips[e.notice_id] = SlipFact(e.notice_id, e.target_unit, e.case_id, t.time)


def _slip_closed(f: Facts, e: SupervisionClosed, t: Told) -> None:
    if slip := f.slips.get(e.notice_id):
        slip.closed = True


def _breached(f: Facts, c: CaseFact, e: DeadlineBreached, t: Told) -> None:
    f.breaches[e.clock_id] = BreachFact(c.case_id, e.unit, e.kind, e.due)


def _kept_after_all(f: Facts, e: BreachWithdrawn, t: Told) -> None:
    f.breaches.pop(e.clock_id, None)


def _bulletin(f: Facts, e: NoticeIssued, t: Told) -> None:
    if e.programme_id == f.programme:
        f.bulletins[e.bulletin_id] = BulletinFact(e, t.time)


def _taken_back(f: Facts, e: NoticeWithdrawn, t: Told) -> None:
    f.bulletins.pop(e.bulletin_id, None)


def _misreport(f: Facts, e: MisreportEstablished, t: Told) -> None:
    if e.programme_id == f.programme:
        f.misreports[e.misreport_id] = MisreportFact(e, t.time)


STEPS: dict[type[Event], Step] = {
    UnitRegistered: _unit,
    **dict.fromkeys((SubjectRegistered, SubjectDataErased, GridCellDefined, RequestRegistered), _covering),
    PersonRegistered: _person,
    VisitRecorded: _visit,
    **OF_CASES,
    FollowUpScheduled: of_case(_scheduled),
    FollowUpConducted: of_case(_heard),
    FollowUpCancelled: of_case(_asked_no_more),
    SpotCheckConducted: of_case(_checked),
    CadenceFulfilled: _slot,
    CadenceMissed: _slot,
    SupervisionNoticeIssued: _slip,
    SupervisionClosed: _slip_closed,
    DeadlineBreached: of_case(_breached),
    BreachWithdrawn: _kept_after_all,
    NoticeIssued: _bulletin,
    NoticeWithdrawn: _taken_back,
    MisreportEstablished: _misreport,
    **assess_owing.STEPS,
}
"""Every type that an assessment looks at."""

ORDER = ("intake", "dispatch", "supervision")
"""In which order the sources are folded: a follow-up is of a case, a visit of a subject."""


def take(facts: Facts, told: Told) -> None:
    """One event more; what happened at or after the facts' moment is not there yet."""
    if told.time < facts.as_of or isinstance(told.event, JUDGED_LATER):
        STEPS[type(told.event)](facts, told.event, told)
    elif told.time < facts.entered_by and type(told.event) in assess_owing.ENTERED_LATER:
        assess_owing.ENTERED_LATER[type(told.event)](facts, told.event, told)

"""Units, persons, subjects, and the installation itself."""

from dataclasses import replace
from datetime import timedelta

from contracts.intake import (
    AbsenceDeclared,
    AbsenceEnded,
    InstallationCreated,
    PersonDataErased,
    PersonRegistered,
    RoleAssigned,
    RoleRevoked,
    SubjectDataErased,
    SubjectRegistered,
    UnitRegistered,
)
from contracts.sealed import Sealed
from services.intake.domain.absence import DeclareAbsence, EndAbsence
from services.intake.domain.directory import (
    ErasePerson,
    EraseSubject,
    RegisterPerson,
    RegisterSubject,
    installation,
    person,
    subject,
    unit,
)
from tests.spec import NOON, given

NAME = Sealed(key_id="person-p1", box="AAAA")
TOWN = UnitRegistered(unit_id="town-a", name="示例镇", level="town")
HOME = SubjectRegistered(subject_id="s1", kind="household", territory_unit="town-a", tags=("低收入户",))
CLERK = RegisterPerson("p1", "town-a", NAME, roles=("unit_clerk", "visitor"))
registered = PersonRegistered(person_id="p1", unit_id="town-a", name=NAME)


def holds(role: str, unit_id: str = "town-a") -> RoleAssigned:
    return RoleAssigned(person_id="p1", role=role, unit_id=unit_id)


def lost(role: str, unit_id: str = "town-a") -> RoleRevoked:
    return RoleRevoked(person_id="p1", role=role, unit_id=unit_id)


def test_what_is_registered_again_unchanged_is_no_news() -> None:
    given(unit).when(TOWN).then(TOWN)
    given(subject).when(RegisterSubject(HOME)).then(HOME)
    given(person).when(CLERK).then(registered, holds("unit_clerk"), holds("visitor"))


def test_what_changed_is() -> None:
    renamed = TOWN.model_copy(update={"name": "示例街道"})
    given(unit, TOWN).when(renamed).then(renamed)
    given(person, registered, holds("unit_clerk"), holds("visitor")).when(replace(CLERK, roles=("visitor",))).then(
        lost("unit_clerk")
    )


def test_roles_go_with_the_unit() -> None:
    moved = replace(CLERK, unit_id="town-b", roles=("visitor",))
    given(person, registered, holds("visitor")).when(moved).then(
        registered.model_copy(update={"unit_id": "town-b"}), lost("visitor"), holds("visitor", "town-b")
    )


def test_contradictions_are_refused() -> None:
    given(unit).when(TOWN.model_copy(update={"parent": "town-a"})).then_rejected("own-parent", "parent")
    given(person).when(replace(CLERK, backup_id="p1")).then_rejected("own-backup", "backup")
    given(person).when(replace(CLERK, roles=("king",))).then_rejected("unknown-role", "roles")
    other = HOME.model_copy(update={"kind": "enterprise"})
    given(subject, HOME).when(RegisterSubject(other)).then_rejected("kind-changed", "kind")


def test_a_subject_is_erased_by_law_and_does_not_come_back() -> None:
    erase = EraseSubject("s1", ("visit-v1",), "本人申请")
    gone = SubjectDataErased(subject_id="s1", key_ids=("visit-v1",), legal_basis="本人申请")
    given(subject).when(erase).then_rejected("no-such-subject", "subject")
    given(subject, HOME).when(replace(erase, legal_basis=" ")).then_rejected("legal-basis-missing", "legal_basis")
    given(subject, HOME).when(erase).then(gone)
    given(subject, HOME, gone).when(erase).then_nothing()
    given(subject, HOME, gone).when(RegisterSubject(HOME)).then_rejected("erased", "subject_id")


def test_an_officials_name_is_erased_with_their_roles_and_they_do_not_come_back() -> None:
    erase = ErasePerson("p1", ("person-p1",), "本人申请")
    gone = PersonDataErased(person_id="p1", key_ids=("person-p1",), legal_basis="本人申请")
    given(person).when(erase).then_rejected("no-such-person", "person")
    given(person, registered).when(replace(erase, legal_basis=" ")).then_rejected("legal-basis-missing", "legal_basis")
    given(person, registered, holds("visitor")).when(erase).then(lost("visitor"), gone)
    given(person, registered, gone).when(erase).then_nothing()
    given(person, registered, gone).when(CLERK).then_rejected("erased", "person_id")


def test_an_installation_is_created_once() -> None:
    created = InstallationCreated(district="demo", kind="simulated", simulated_from=NOON)
    given(installation).when(created).then(created)
    other = InstallationCreated(district="demo", kind="real")
    given(installation, created).when(other).then_nothing()


DAY = timedelta(days=1)
AWAY = DeclareAbsence("p1", "a1", NOON, NOON + DAY, NOON, "赴省厅开会", "p2")
away = AbsenceDeclared(
    person_id="p1", absence_id="a1", starts_at=NOON, ends_at=NOON + DAY, note="赴省厅开会", backup_id="p2"
)


def test_whoever_is_away_says_until_when_and_who_stands_in() -> None:
    given(person, registered).when(AWAY).then(away)
    given(person, registered).when(replace(AWAY, backup_id=None)).then_rejected("no-backup", "backup_id")
    with_backup = registered.model_copy(update={"backup_id": "p2"})
    given(person, with_backup).when(replace(AWAY, backup_id=None)).then(away)
    given(person, registered).when(replace(AWAY, backup_id="p1")).then_rejected("own-backup", "backup_id")
    given(person, registered).when(replace(AWAY, ends_at=None)).then_rejected("no-end", "ends_at")
    given(person, registered).when(replace(AWAY, ends_at=NOON)).then_rejected("end-in-past", "ends_at")
    given(person, registered).when(replace(AWAY, ends_at=NOON + 400 * DAY)).then_rejected("too-long", "ends_at")
    given(person).when(AWAY).then_rejected("no-such-person", "person")


def test_absences_do_not_overlap_and_end_early_once() -> None:
    later = replace(AWAY, absence_id="a2")
    back = AbsenceEnded(person_id="p1", absence_id="a1")
    given(person, registered, away).when(later).then_rejected("absence-overlaps", "starts_at")
    given(person, registered, away).when(EndAbsence("p1", "a1", NOON)).then(back)
    given(person, registered, away, back).when(later).then(away.model_copy(update={"absence_id": "a2"}))
    given(person, registered, away).when(EndAbsence("p1", "a1", NOON + 2 * DAY)).then()

"""The directory: units, persons with their roles, subjects. Registering again what is already so changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from contracts.event import Event
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
from services.chassis.decider import Decider, Rejected
from services.chassis.words import N_
from services.intake.domain.absence import DeclareAbsence, EndAbsence, declare, end
from services.intake.domain.grid import refuse_foreign
from services.reference.words import ROLE_NAMES


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person with all their roles in their unit: roles not named are revoked."""

    person_id: str
    unit_id: str
    name: Sealed
    rank: str = ""
    backup_id: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person as last registered, and (role, unit) pairs held; one whose name was erased holds none any more."""

    registered: PersonRegistered | None = None
    roles: frozenset[tuple[str, str]] = frozenset()
    erased: bool = False
    absences: tuple[AbsenceDeclared, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Destroy the key of an official's name and end their roles."""

    person_id: str
    key_ids: tuple[str, ...]
    legal_basis: str


PersonCommand = RegisterPerson | ErasePerson | DeclareAbsence | EndAbsence


@dataclass(frozen=True, slots=True)
class RegisterSubject:
    """`layers` says of every cell that the subject names which layer it is of, as the grid has it now."""

    wanted: SubjectRegistered
    layers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EraseSubject:
    """Destroy what names a subject and the keys of what was noted on visits to it."""

    subject_id: str
    key_ids: tuple[str, ...]
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as last registered; one that was erased is not registered again."""

    registered: SubjectRegistered | None = None
    erased: bool = False


def _last_unit(state: UnitRegistered | None, event: Event) -> UnitRegistered | None:
    if isinstance(event, UnitRegistered):
        return event
    raise TypeError(f"{type(event).__name__} is no event of a unit")


def _register_unit(state: UnitRegistered | None, wanted: UnitRegistered) -> Sequence[Event]:
    if wanted.parent == wanted.unit_id:
        raise Rejected("own-parent", N_("单位不能是自己的上级。"), "parent")
    return [] if state == wanted else [wanted]


def _last_subject(state: Subject, event: Event) -> Subject:
    match event:
        case SubjectRegistered():
            return replace(state, registered=event)
        case SubjectDataErased():
            return replace(state, erased=True)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a subject")


def _on_subject(state: Subject, c: RegisterSubject | EraseSubject) -> Sequence[Event]:
    return _erase_subject(state, c) if isinstance(c, EraseSubject) else _register_subject(state, c)


def _register_subject(state: Subject, c: RegisterSubject) -> Sequence[Event]:
    wanted = c.wanted
    if state.erased:
        raise Rejected("erased", N_("这个走访对象的个人信息已依法删除，不再登记。"), "subject_id")
    refuse_foreign(wanted.grid_ids, c.layers)
    if state.registered is not None and state.registered.kind != wanted.kind:
        raise Rejected("kind-changed", N_("走访对象的种类不能改；请另立一个对象。"), "kind")
    return [] if state.registered == wanted else [wanted]


def _erase_subject(state: Subject, c: EraseSubject) -> Sequence[Event]:
    if state.registered is None:
        raise Rejected("no-such-subject", N_("名册中没有这个走访对象。"), "subject")
    if state.erased:
        return []
    if not c.legal_basis.strip():
        raise Rejected("legal-basis-missing", N_("请写明删除个人信息的法律依据。"), "legal_basis")
    return [SubjectDataErased(subject_id=c.subject_id, key_ids=c.key_ids, legal_basis=c.legal_basis)]


def _person(state: Person, event: Event) -> Person:
    match event:
        case PersonRegistered():
            return replace(state, registered=event)
        case RoleAssigned():
            return replace(state, roles=state.roles | {(event.role, event.unit_id)})
        case RoleRevoked():
            return replace(state, roles=state.roles - {(event.role, event.unit_id)})
        case PersonDataErased():
            return replace(state, erased=True)
        case AbsenceDeclared():
            return replace(state, absences=(*state.absences, event))
        case AbsenceEnded():
            return replace(state, absences=tuple(a for a in state.absences if a.absence_id != event.absence_id))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a person")


def _on_person(state: Person, c: PersonCommand) -> Sequence[Event]:
    match c:
        case RegisterPerson():
            return _register_person(state, c)
        case ErasePerson():
            return _erase_person(state, c)
        case DeclareAbsence() | EndAbsence():
            if state.registered is None or state.erased:
                raise Rejected("no-such-person", N_("名册中没有这个人员。"), "person")
            if isinstance(c, DeclareAbsence):
                return declare(state.absences, state.registered.backup_id, c)
            return end(state.absences, c)
        case _:
            assert_never(c)


def _erase_person(state: Person, c: ErasePerson) -> Sequence[Event]:
    if state.registered is None:
        raise Rejected("no-such-person", N_("名册中没有这个人员。"), "person")
    if state.erased:
        return []
    if not c.legal_basis.strip():
        raise Rejected("legal-basis-missing", N_("请写明删除个人信息的法律依据。"), "legal_basis")
    ended: list[Event] = [
        RoleRevoked(person_id=c.person_id, role=role, unit_id=unit) for role, unit in sorted(state.roles)
    ]
    return [*ended, PersonDataErased(person_id=c.person_id, key_ids=c.key_ids, legal_basis=c.legal_basis)]


def _register_person(state: Person, c: RegisterPerson) -> Sequence[Event]:
    if state.erased:
        raise Rejected("erased", N_("这个人员的姓名已依法删除，不再登记。"), "person_id")
    if c.backup_id == c.person_id:
        raise Rejected("own-backup", N_("B 角不能是本人。"), "backup")
    if unknown := sorted(set(c.roles) - ROLE_NAMES.keys()):
        raise Rejected("unknown-role", N_("没有这个岗位：{roles}。"), "roles", roles="、".join(unknown))
    wanted = PersonRegistered(person_id=c.person_id, unit_id=c.unit_id, name=c.name, rank=c.rank, backup_id=c.backup_id)
    pairs = {(role, c.unit_id) for role in c.roles}
    events: list[Event] = [] if state.registered == wanted else [wanted]
    events += [
        RoleRevoked(person_id=c.person_id, role=role, unit_id=unit) for role, unit in sorted(state.roles - pairs)
    ]
    events += [
        RoleAssigned(person_id=c.person_id, role=role, unit_id=unit) for role, unit in sorted(pairs - state.roles)
    ]
    return events


def _created(state: bool, event: Event) -> bool:
    if isinstance(event, InstallationCreated):
        return True
    raise TypeError(f"{type(event).__name__} is no event of an installation")


def _create(created: bool, wanted: InstallationCreated) -> Sequence[Event]:
    return [] if created else [wanted]


unit: Decider[UnitRegistered | None, UnitRegistered] = Decider("unit", None, _last_unit, _register_unit)
subject: Decider[Subject, RegisterSubject | EraseSubject] = Decider("subject", Subject(), _last_subject, _on_subject)
person: Decider[Person, PersonCommand] = Decider("person", Person(), _person, _on_person)
installation: Decider[bool, InstallationCreated] = Decider("installation", False, _created, _create)

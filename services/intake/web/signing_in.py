"""From a login and a password to a user with the unit and the roles that the directory gives them."""

import asyncpg

from services.chassis.web import User
from services.intake import accounts
from services.intake.web.reads import Reads
from services.ui.i18n import N_, ngettext
from services.ui.i18n import gettext as _

WRONG = N_("账号或密码不对。")
NO_ROLE = N_("名册中没有这个账号对应的人员，请联系管理员。")
DEMO_ACCOUNT = N_("这是演示账号，正式系统不能使用；请联系管理员另设密码。")


class Refused(Exception):
    """Why a login was not let in, in the language of the page."""


async def sign_in(found: Reads, login: str, password: str) -> User:
    """The user; raises `Refused` with words that help."""
    try:
        person_id = await accounts.check(found.pool, login.strip(), password)
    except accounts.Locked as error:
        minutes = await _minutes_until(found.pool, error)
        raise Refused(
            ngettext(
                "密码错误次数过多，账号已锁定，%(num)s 分钟后再试。",
                "密码错误次数过多，账号已锁定，%(num)s 分钟后再试。",
                minutes,
            )
        ) from error
    except accounts.WrongPassword as error:
        raise Refused(_left(error.left)) from error
    if not found.service.settings.shows_passwords and await accounts.is_demo(found.pool, login.strip()):
        raise Refused(_(DEMO_ACCOUNT))
    user = await user_of(found, person_id)
    if user is None:
        raise Refused(_(NO_ROLE))
    return user


async def user_of(found: Reads, person_id: str) -> User | None:
    """A person of the directory as they are now."""
    person = await found.directory.person(person_id)
    if person is None:
        return None
    unit = await found.directory.unit(person.unit_id)
    held = await found.pool.fetch(
        "SELECT role FROM person_role WHERE person_id = $1 AND unit_id = $2 ORDER BY role", person_id, person.unit_id
    )
    return User(
        person_id,
        person.name,
        person.unit_id,
        unit.name if unit else person.unit_id,
        tuple(row["role"] for row in held),
    )


def _left(left: int | None) -> str:
    if left is None or left > 2:
        return _(WRONG)
    return _(WRONG) + ngettext("再错 %(num)s 次将锁定 15 分钟。", "再错 %(num)s 次将锁定 15 分钟。", left)


async def _minutes_until(pool: asyncpg.Pool, error: accounts.Locked) -> int:
    """Real minutes by the database's clock, also where the installation's time is simulated."""
    seconds: float = await pool.fetchval("SELECT extract(epoch FROM $1 - clock_timestamp())::float8", error.until)
    return max(1, -int(-seconds // 60))

"""Accounts of officials: passwords, and the lock after too many wrong ones."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
"""Long enough that guessing leads nowhere, short enough to wait for over a cup of tea."""

SHORTEST_PASSWORD = 8

# 19 MB and two passes: OWASP's floor; a hundred officials who log in at nine must not fill the machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _HASHER.hash("no account has this password")

FAILED = """
UPDATE account SET
    failed = CASE WHEN failed + 1 >= $2 THEN 0 ELSE failed + 1 END,
    locked_until = CASE WHEN failed + 1 >= $2 THEN clock_timestamp() + $3 ELSE NULL END
 WHERE login = $1 AND (locked_until IS NULL OR locked_until <= clock_timestamp()) RETURNING failed, locked_until
"""
"""A lock set meanwhile by another attempt stands: this one changes nothing then."""

RIGHT = """
UPDATE account SET failed = 0, locked_until = NULL
 WHERE login = $1 AND (locked_until IS NULL OR locked_until <= clock_timestamp()) RETURNING person_id
"""
PUT = """
INSERT INTO account (login, person_id, hash, demo_password) VALUES ($1, $2, $3, $4)
ON CONFLICT (login) DO UPDATE SET person_id = excluded.person_id, hash = excluded.hash,
    demo_password = excluded.demo_password, failed = 0, locked_until = NULL
"""


class WrongPassword(Exception):
    """The account or the password is not right; which of them is not said. `left` tries remain before the lock."""

    def __init__(self, left: int | None) -> None:
        super().__init__("wrong account or password")
        self.left = left


class Locked(Exception):
    """Too many wrong passwords; `until` is real time, also where the installation's time is simulated."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until}")
        self.until = until


class WeakPassword(Exception):
    """A password that is too short."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that the login page of a demo installation offers."""

    login: str
    person_id: str
    password: str


async def check(pool: asyncpg.Pool, login: str, password: str) -> str:
    """The person behind a login. Raises `WrongPassword` or `Locked`; takes the same time for unknown logins."""
    row = await pool.fetchrow(
        "SELECT *, locked_until > clock_timestamp() AS locked FROM account WHERE login = $1", login
    )
    if row is not None and row["locked"]:
        raise Locked(row["locked_until"])
    good = await asyncio.to_thread(_verify, row["hash"] if row else _NOBODY, password)
    if row is None:
        raise WrongPassword(None)
    if not good:
        after = await pool.fetchrow(FAILED, login, MOST_FAILURES, LOCKED_FOR)
        if after is None:
            raise await _changed_meanwhile(pool, login)
        if after["locked_until"] is not None:
            raise Locked(after["locked_until"])
        raise WrongPassword(MOST_FAILURES - after["failed"])
    person_id: str | None = await pool.fetchval(RIGHT, login)
    if person_id is None:
        raise await _changed_meanwhile(pool, login)
    return person_id


async def _changed_meanwhile(pool: asyncpg.Pool, login: str) -> Locked | WrongPassword:
    """Many attempts at once read the account before the first of them is counted; the lock holds for all."""
    until = await pool.fetchval("SELECT locked_until FROM account WHERE login = $1", login)
    return Locked(until) if until is not None else WrongPassword(None)


async def put_account(pool: asyncpg.Pool, login: str, person_id: str, password: str, *, demo: bool = False) -> None:
    """Make an account, or give an existing one this person and password."""
    await pool.execute(PUT, login, person_id, await _hash(password), password if demo else None)


async def set_password(pool: asyncpg.Pool, login: str, password: str) -> bool:
    """Change a password and lift the lock; False when there is no such account."""
    done = await pool.execute(
        "UPDATE account SET hash = $2, failed = 0, locked_until = NULL, demo_password = NULL WHERE login = $1",
        login,
        await _hash(password),
    )
    return bool(done == "UPDATE 1")


async def is_demo(pool: asyncpg.Pool, login: str) -> bool:
    """Whether everybody can read this account's password; a data base that once served a demo still has such."""
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM account WHERE login = $1 AND demo_password IS NOT NULL)", login
    )
    return found


async def demo_accounts(pool: asyncpg.Pool) -> list[DemoAccount]:
    """The accounts that may be shown to everyone; none on an installation for real work."""
    rows = await pool.fetch(
        "SELECT login, person_id, demo_password FROM account WHERE demo_password IS NOT NULL ORDER BY login"
    )
    return [DemoAccount(row["login"], row["person_id"], row["demo_password"]) for row in rows]


async def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(f"at least {SHORTEST_PASSWORD} characters")
    return await asyncio.to_thread(_HASHER.hash, password)


def _verify(hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False

"""`huiyin account set-password`: a new password for a login, straight in intake's database."""

from pathlib import Path

import asyncpg

from deploy.local.addresses import Addresses
from deploy.local.record import Record, Refused
from services.intake import accounts


async def set_password(folder: Path, dsn: str | None, login: str, password: str) -> None:
    """Lifts the lock too. Without `dsn` it is the installation of the folder."""
    pool = await asyncpg.create_pool(dsn or Addresses(Record(folder.absolute())).dsn("intake"), min_size=1, max_size=1)
    try:
        known = await accounts.set_password(pool, login, password)
    except accounts.WeakPassword as error:
        raise Refused(f"密码太短 too short: {error}") from error
    finally:
        await pool.close()
    if not known:
        raise Refused(f"没有账号 no account {login!r}")

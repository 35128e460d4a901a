"""Takes files in, finds them again, and says who may look: the uploader, or everybody once an event names it."""

import re
from dataclasses import dataclass

import asyncpg

from contracts.dispatch import Evidence
from services.chassis.files.kinds import Kind, kind_of
from services.chassis.files.store import FileStore, digest_of

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Two photographs of a good phone, or a scanned report; several still fit into one form."""

MAX_UNNAMED_BYTES = 512 * 1024 * 1024
"""What one person may have uploaded without using it: a forgotten script fills no disk."""

LONGEST_NAME = 200
"""As in the event."""

UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control and direction marks: a name must not read otherwise than it is."""

KEEP = """
INSERT INTO stored_file (sha256, media_type, size) VALUES ($1, $2, $3)
ON CONFLICT (sha256) DO UPDATE SET kept_at = clock_timestamp()"""
NAME = """
INSERT INTO upload (sha256, person_id, name) VALUES ($1, $2, $3)
ON CONFLICT (sha256, person_id) DO UPDATE SET name = excluded.name, uploaded_at = clock_timestamp()"""
UNNAMED = """
SELECT coalesce(sum(f.size), 0)::bigint FROM upload u JOIN stored_file f USING (sha256)
 WHERE u.person_id = $1 AND NOT EXISTS (SELECT 1 FROM evidence_file e WHERE e.sha256 = f.sha256)"""
FIND = """
SELECT f.sha256, f.media_type, f.size, u.name AS uploaded_as,
       (SELECT e.name FROM evidence_file e WHERE e.sha256 = f.sha256 ORDER BY e.seq DESC LIMIT 1) AS named
  FROM stored_file f LEFT JOIN upload u ON u.sha256 = f.sha256 AND u.person_id = $2
 WHERE f.sha256 = ANY ($1)"""
NAMED = "SELECT sha256, name, media_type, size FROM evidence_file WHERE sha256 = $1 ORDER BY seq DESC LIMIT 1"
TOUCH = "UPDATE stored_file SET kept_at = clock_timestamp() WHERE sha256 = ANY ($1)"


class TooLarge(Exception):
    """More bytes than one file may have."""


class UnknownKind(Exception):
    """The bytes are of no kind that is taken."""


class TooMuch(Exception):
    """This person has uploaded enough that nothing names."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that somebody may look at."""

    sha256: str
    name: str
    media_type: str
    size: int

    @property
    def kind(self) -> Kind:
        return Kind(self.media_type)


def plain_name(given: str | None) -> str:
    """A file's own name without its folder, and without what would make it read otherwise."""
    name = UNSAFE.sub("", (given or "").replace("\\", "/").rpartition("/")[2]).strip()
    if len(name) <= LONGEST_NAME:
        return name or "file"
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}" if dot and len(suffix) < 10 else name[:LONGEST_NAME]


async def take(pool: asyncpg.Pool, store: FileStore, person_id: str, given: str | None, content: bytes) -> Evidence:
    """Store one file for this person; the same content again is the same object.

    The row comes first: a crash between leaves a row without a file, which the sweep finds, and never a file
    that nobody knows. The row also waits for a sweep that is just deleting the same file.
    """
    if len(content) > MAX_FILE_BYTES:
        raise TooLarge
    name = plain_name(given)
    kind = kind_of(content, name)
    if kind is None:
        raise UnknownKind
    digest = digest_of(content)
    async with pool.acquire() as db, db.transaction():
        if len(content) + await db.fetchval(UNNAMED, person_id) > MAX_UNNAMED_BYTES:
            raise TooMuch
        await db.execute(KEEP, digest, kind.media_type, len(content))
        await db.execute(NAME, digest, person_id, name)
    await store.put(content)
    return Evidence(sha256=digest, name=name, media_type=kind.media_type, size=len(content))


async def find(pool: asyncpg.Pool, sha256: str, person_id: str) -> Found | None:
    """The file, if an event names it or this person uploaded it."""
    row = await pool.fetchrow(NAMED, sha256)
    if row is not None:
        return Found(*row)
    row = await pool.fetchrow(FIND, [sha256], person_id)
    if row is None or row["uploaded_as"] is None:
        return None
    return Found(row["sha256"], row["uploaded_as"], row["media_type"], row["size"])


async def about_to_be_named(pool: asyncpg.Pool, digests: list[str], person_id: str) -> dict[str, Found]:
    """Those of the files that this person may name in an event; they are kept for as long again from now."""
    await pool.execute(TOUCH, digests)
    rows = await pool.fetch(FIND, digests, person_id)
    return {
        row["sha256"]: Found(row["sha256"], row["uploaded_as"] or row["named"], row["media_type"], row["size"])
        for row in rows
        if row["uploaded_as"] or row["named"]
    }

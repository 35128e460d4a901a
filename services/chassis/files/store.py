"""Keeps files under the hash of their content: in a folder, or in an object store when a setting names one."""

import asyncio
import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from services.chassis.files.failures import FileMissing, FilesAway

if TYPE_CHECKING:  # names that the library has for type checkers only
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

CONNECT_WITHIN = timedelta(seconds=5)
"""An object store of the same district answers within milliseconds."""

ANSWER_WITHIN = timedelta(seconds=30)
"""The largest file over a slow line between two offices."""

TRY_AGAIN: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=45)}
"""A person waits for the answer: after that the page says that the store is away, and nothing they typed is lost."""

log = structlog.get_logger("files")


def digest_of(content: bytes) -> str:
    """A file's name in the store and in every event."""
    return sha256(content).hexdigest()


class FileStore:
    """One place for files. The same content is one object, however often and under whatever name it is stored."""

    def __init__(self, objects: "ObjectStore", folder: Path | None = None) -> None:
        self._objects, self._folder = objects, folder

    @classmethod
    def at(cls, place: str, default: Path) -> "FileStore":
        """The store that `place` names (`s3://bucket/prefix`), or the folder `default` when it names none.

        Keys, region and endpoint of an object store come from its own environment variables (`AWS_…`).
        """
        if "://" not in place:
            folder = Path(place) if place else default
            folder.mkdir(parents=True, exist_ok=True)
            return cls(LocalStore(folder.absolute()), folder.absolute())
        # Plain HTTP only where the endpoint itself says so: a store in the district's own network often has no https.
        client: ClientConfig = {"connect_timeout": CONNECT_WITHIN, "timeout": ANSWER_WITHIN, "allow_http": True}
        options: dict[str, Any] = {"client_options": client, "retry_config": TRY_AGAIN}
        return cls(from_url(place, **options))

    async def put(self, content: bytes) -> str:
        """Store and name it. When this returns the file is on the disk, whole; a crash before leaves none.

        It is written also when it is there already: that mends a damaged one, and is the same object.
        """
        name = digest_of(content)
        try:
            await obstore.put_async(self._objects, _key(name), content)
        except (BaseError, OSError) as error:
            raise _away(error, name) from error
        if self._folder is not None:
            await asyncio.to_thread(_settle, self._folder / _key(name))
        return name

    async def get(self, name: str) -> bytes:
        """The content, checked against its name."""
        try:
            found = await obstore.get_async(self._objects, _key(name))
            content = bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise FileMissing(name) from error
        except (BaseError, OSError) as error:
            raise _away(error, name) from error
        if digest_of(content) != name:
            log.error("a stored file is damaged", sha256=name, size=len(content))
            raise FileMissing(name)
        return content

    async def has(self, name: str) -> bool:
        """Whether a file is there; says nothing about its bytes."""
        try:
            await obstore.head_async(self._objects, _key(name))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise _away(error, name) from error
        return True

    async def remove(self, name: str) -> None:
        """Delete it; one that is gone already is no failure."""
        try:
            await obstore.delete_async(self._objects, _key(name))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away(error, name) from error


def _key(name: str) -> str:
    """Two levels, since some file systems grow slow with a million entries in one folder."""
    return f"sha256/{name[:2]}/{name}"


def _settle(path: Path) -> None:
    """The library renames a whole file into place; this makes file and name survive a power cut."""
    for target in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _away(error: Exception, name: str) -> FilesAway:
    log.error("the file store does not answer", sha256=name, error=repr(error))
    return FilesAway(str(error))

"""Which failures pass by themselves, and how long to wait before trying again."""

import socket

import asyncpg

from services.chassis.log.types import Conflict, LogClosed, LogError

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
"""A database that restarts is back within seconds; asking more often would only load it."""

_PASSING = (
    OSError,
    TimeoutError,
    Conflict,
    LogClosed,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    asyncpg.InvalidCachedStatementError,
)

_WHILE_RESTORED = asyncpg.ObjectNotInPrerequisiteStateError, asyncpg.InvalidCatalogNameError
"""The database takes no connections or is not there: an operator puts a copy in its place."""


def passes(error: BaseException) -> bool:
    """True for a failure of a connection or a server, which trying again may mend; false for a bug."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, asyncpg.DataError | ValueError)  # a closed connection, not a wrong argument
    if isinstance(error, _WHILE_RESTORED):
        return isinstance(error, _PASSING) or error.severity_en == "FATAL"  # a statement's own mistake is an ERROR
    return isinstance(error, _PASSING)


def away(error: BaseException) -> bool:
    """True when the database does not answer or takes nothing now: whoever asked may ask again in a moment.

    Narrower than `passes`: a file that is missing is an `OSError` too, and for a page that is a bug.
    """
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError | socket.gaierror):
        return type(error) is OSError  # several addresses that all refuse, or no route to any
    return passes(error) and not isinstance(error, LogError)


def pause_s(failures: int) -> float:
    """The wait after the n-th failure in a row (1, 2, 3…): it doubles up to its longest."""
    return float(min(FIRST_PAUSE_S * 2 ** min(failures - 1, 20), LONGEST_PAUSE_S))

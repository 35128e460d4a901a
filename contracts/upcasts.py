"""One pure step per schema version, on raw data before validation; never edited, never deleted."""

from contracts.event import Data, upcast


@upcast("clock-cancelled", from_version=1)
def _clock_cancelled_1(data: Data) -> Data:
    """Version 2 knows one more reason; what was said before is said the same."""
    return data


@upcast("clock-cancelled", from_version=2)
def _clock_cancelled_2(data: Data) -> Data:
    """Version 3 knows more kinds of clocks and reasons, and clocks of no case; every clock before it has its case."""
    return data


@upcast("clock-started", from_version=1)
@upcast("clock-paused", from_version=1)
@upcast("clock-resumed", from_version=1)
@upcast("clock-moved", from_version=1)
@upcast("clock-met", from_version=1)
@upcast("deadline-breached", from_version=1)
@upcast("breach-withdrawn", from_version=1)
@upcast("deadline-reminder-sent", from_version=1)
def _clock_1(data: Data) -> Data:
    """Version 2 knows more kinds of clocks, and clocks of no case; every clock before it is an order's and has both."""
    return data


@upcast("clock-cancelled", from_version=3)
@upcast("clock-started", from_version=2)
@upcast("clock-paused", from_version=2)
@upcast("clock-resumed", from_version=2)
@upcast("clock-moved", from_version=2)
@upcast("clock-met", from_version=2)
@upcast("deadline-breached", from_version=2)
@upcast("breach-withdrawn", from_version=2)
@upcast("deadline-reminder-sent", from_version=2)
def _clock_2(data: Data) -> Data:
    """The next version knows more kinds of clocks; what was said of the others is said alike."""
    return data

"""One pure step per schema version, on raw data before validation; never edited, never deleted."""

from contracts.event import Data, upcast


@upcast("clock-cancelled", from_version=1)
def _clock_cancelled_1(data: Data) -> Data:
    """Version 2 knows one more reason; what was said before is said the same."""
    return data

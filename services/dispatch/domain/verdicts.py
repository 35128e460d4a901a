"""What a follow-up's verdict means for its case."""

from contracts.supervision import FollowUpConducted


def failed(event: FollowUpConducted) -> bool:
    """It is to be handled again. Solved but dissatisfied through no fault of the handler is explained on a visit."""
    return event.verdict == "fail" and not (event.solved is True and event.attributable is False)

"""Shares of counts: exact until they are printed, nothing where there is nothing to divide by."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; both are kept, so that a sum of shares is the share of the sums."""

    part: int
    whole: int

    @property
    def exact(self) -> Fraction | None:
        """None when the denominator is zero: neither 0 % nor 100 %."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def percent(self) -> str | None:
        """`63.20`, rounded half up at the end only."""
        return percent(self.exact)


def percent(value: Fraction | None) -> str | None:
    """A share or a difference of shares in percent with two places."""
    if value is None:
        return None
    scaled = value * 10_000
    # Halves go away from zero; integers, because a decimal of a third would already be rounded.
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return str((Decimal(whole if scaled >= 0 else -whole) / 100).quantize(PLACES, ROUND_HALF_UP))


def fraction(value: Decimal | None) -> Fraction | None:
    """A planned share as a pack writes it."""
    return None if value is None else Fraction(value)

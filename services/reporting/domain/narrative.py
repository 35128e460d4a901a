"""How a number is said in a sentence (domain 2.11): 963 is 「960余」, 498.6 is 「近500」; what is not so is not said.

The exact number always stands beside the sentence, so that nobody takes the rounded one for the count.
"""

from fractions import Fraction

NEAR = Fraction(97, 100)
"""「近」 is said from here on up to the step."""

HUNDRED = Fraction(100)


class Unsayable(Exception):
    """The number does not allow this way of saying it: 497 is not 「500余」."""


def say(number: Fraction, style: str) -> str:
    """`exact`, or `余:100:次` and its like: the word, its step and its unit. A share is given as a number of percent.

    余, 多: the step below, with the word; there must be a rest. 近: the step above, from 97 % of it on.
    以上: percent, rounded down to the step. 基本: where the step, in percent, is reached. 万元: of fen, one decimal.
    """
    if style == "exact":
        return exact(number)
    if style == "万元":
        return f"{_rounded(number / 1_000_000, 1)}万元"
    word, _colon, rest = style.partition(":")
    step_text, _colon, unit = rest.partition(":")
    step = int(step_text or 0)
    if step <= 0:
        raise Unsayable(style)
    floor = int(number / step) * step
    match word:
        case "余" | "多" if floor and number > floor:
            return f"{floor}{word}{unit}"
        case "近" if NEAR * (floor + step) <= number < floor + step:
            return f"近{floor + step}{unit}"
        case "以上" if floor and number >= floor:
            return f"{floor}%{unit}以上"
        case "基本" if number >= step:
            return f"基本{unit}"
    raise Unsayable(f"{exact(number)} is not {style}")


def unit(style: str) -> str:
    """What the style counts in, for a number that is said as it is."""
    return style.split(":", 2)[2] if style.count(":") > 1 else ""


def exact(number: Fraction) -> str:
    """A count as it is, a share with two places."""
    return str(number.numerator) if number.denominator == 1 else _rounded(number, 2)


def _rounded(number: Fraction, places: int) -> str:
    """Half up; without zeros at the end."""
    scaled = int(number * 10**places + Fraction(1, 2))
    whole, part = divmod(scaled, 10**places)
    shown = str(part).zfill(places).rstrip("0")
    return f"{whole}.{shown}" if shown else str(whole)

"""Codes as manuals print them: compared as text, `?` for any one character and `*` for any number of them.

What is written out goes before what is not, the more exact pattern before the less exact; two that are equally exact
must not both fit a code. Unknown codes are many where a machine runs wild, so that both are quick.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase

_MOST_PATTERNS = 128
_LONGEST_PATTERN = 40


class Codes(dict[str, object]):
    """A table of codes, which knows the open ones among its keys: unknown codes are many where a machine runs wild."""

    def __init__(self, codes: dict[str, object]) -> None:
        super().__init__(codes)
        self.open = _open(codes)


def _open(codes: Collection[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if "?" in code or "*" in code)


def unambiguous(codes: dict[str, object]) -> Codes:
    """No two patterns of equal weight may both fit a code: which of them would win?"""
    found = Codes(codes)
    if len(found.open) > _MOST_PATTERNS:
        raise ValueError(f"has {len(found.open)} codes with ? or *, at most {_MOST_PATTERNS}")
    if long := next((code for code in found.open if len(code) > _LONGEST_PATTERN), None):
        raise ValueError(
            f'"{long[:20]}..." is longer than {_LONGEST_PATTERN} characters, too long for a code with ? or *'
        )
    for index, one in enumerate(found.open):
        for other in found.open[index + 1 :]:
            if weight(one) == weight(other) and _overlap(one, other):
                raise ValueError(f'"{one}" and "{other}" can both fit one code; make one of them more exact')
    return found


def weight(pattern: str) -> tuple[int, int]:
    """How much of a code a pattern leaves open: the smaller, the more exact."""
    return pattern.count("*"), pattern.count("?")


def _overlap(one: str, other: str) -> bool:
    """Whether some code fits both. `one` is walked sign by sign, with all the places in `other` that the same code may
    have come to, a bit each: thousands of pairs are compared when a driver is loaded."""
    stars = _places(other, "*")
    fits = {sign: _places(other, f"{sign}?") if sign != "?" else ~stars for sign in set(one)}
    all_there = 1 << len(other)
    at = _past(stars, 1)
    for sign in one:
        if sign == "*":
            at = 2 * all_there - (at & -at)  # it takes whatever `other` still has
        else:
            at = _past(stars, at & stars | (at & fits[sign] & (all_there - 1)) << 1)
        if not at:
            return False
    return bool(at & all_there)


def _places(pattern: str, signs: str) -> int:
    return sum(1 << place for place, sign in enumerate(pattern) if sign in signs)


def _past(stars: int, at: int) -> int:
    """The same places, and those behind their stars, which may take nothing."""
    while more := (at & stars) << 1 & ~at:
        at |= more
    return at


def fitting(code: str, codes: Collection[str]) -> str | None:
    """The key that stands for `code`: itself, else the most exact pattern that fits; None if it is unknown."""
    if code in codes:
        return code
    opened = codes.open if isinstance(codes, Codes) else _open(codes)
    found = [key for key in opened if fnmatchcase(code, key.replace("[", "[[]"))]
    return min(found, key=weight, default=None)

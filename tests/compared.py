"""How many facts of the captures were compared, shown at the end of every run.

A comparison that quietly compares nothing would look the same as a good one. Facts travel with the reports of the tests
that compared them, since these may have run in other processes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

PROPERTY = "fact that agrees"
_ABSENT = " is not known"


def key(path: str, absent: bool) -> str:
    """A kind of fact, as it travels: where it stands, and whether the fact is that nothing is known."""
    return path + _ABSENT if absent else path


def table(keys: Iterable[str]) -> Iterator[str]:
    """The lines to print."""
    counted = Counter(keys)
    if not counted:
        return
    absent = sum(count for name, count in counted.items() if name.endswith(_ABSENT))
    yield f"{counted.total()} facts agree with an independent decoding, {absent} of them that nothing is known:"
    kinds: dict[str, Counter[str]] = {}
    for name, count in counted.items():
        group, _, kind = name.removesuffix(_ABSENT).replace("[]", "").partition(".")
        kinds.setdefault(group, Counter())[kind] += count
    for group, found in sorted(kinds.items()):
        parts = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()) if kind)
        yield f"  {group} {found.total()}" + (f": {parts}" if parts else "")

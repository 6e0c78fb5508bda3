"""What others said, made safe for a terminal: nothing of theirs moves the cursor, changes colours or reorders lines."""

import unicodedata
from typing import Final

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"  # invisible too, but Urdu is written with them


def safe(text: str) -> str:
    """`text` with every control character, and what hides or reorders others, written as an escape (`\\x1b`)."""
    return "".join(_escaped(char) if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN and char not in _JOINERS


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")

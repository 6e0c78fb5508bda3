"""What people write into commands: text on one line, a moment. Pure.

Whoever may write to us is trusted to ask, not to be well-behaved: what hides or reorders other characters is taken out
before anybody is shown it.
"""

import re
import unicodedata
from datetime import datetime
from typing import Final

LONGEST_WORDS: Final = 200

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"  # invisible too, but Urdu is written with them
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def plain(text: str) -> str:
    """`text` on one line, without control characters and what hides or reorders others."""
    shown = (" " if unicodedata.category(c) in _HIDDEN and c not in _JOINERS else c for c in text)
    return " ".join("".join(shown).split())


def moment(text: str) -> float | None:
    """Seconds since 1970 of text as in RFC 3339 section 5.6; None where it is none."""
    try:
        return datetime.fromisoformat(text.upper()).timestamp() if _RFC3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None

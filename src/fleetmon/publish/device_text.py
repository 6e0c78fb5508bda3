"""What machines and people wrote, made fit to be told far away: one line, of bounded length, nothing that hides.

A machine's display may name a job, and a job its holder. A name cannot be known by its look, but the places where names
stand can, and so can the numbers of documents: what follows `job:`, mail addresses, long numbers and the filling of a
machine-readable zone (ICAO Doc 9303) are left out. A code of a vendor is short and stays.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ESCAPE: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # a control sequence of ECMA-48 section 5.4
_NON_JOINER: Final = "\u200c"  # spelling in Urdu
_LETTER_AT_MOST: Final = 4  # bytes in UTF-8
_CUT: Final = "…"
_PERSONAL: Final = re.compile(
    r"\b(?:job|user|owner|operator|name|holder|doc(?:ument)?|title|file|login|host)(?:[ _-]?(?:name|id|no|nr))?"
    r"\s*[:=#][^;|]*"
    r"|[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|\S*<<\S*"
    r"|\b[A-Z]{0,3}\d(?:[ ./-]?\d){6,}",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def plain(text: str, most: int) -> str:
    """`text` on one line, without what nobody sees, of at most `most` bytes of JSON in UTF-8."""
    if _is_plain(text) and (_LETTER_AT_MOST * len(text) <= most or _weight(text) <= most):
        return text
    seen = _ESCAPE.sub(" ", text[: 4 * most])
    shown = "".join(" " if _parts(each) else each for each in seen if _parts(each) or not _hides(each))
    line = " ".join(shown.split())
    if _weight(line) <= most:
        return line
    room = most - len(_CUT.encode())
    kept: list[str] = []
    for each in line:
        room -= _weight(each)
        if room < 0:
            break
        kept.append(each)
    return "".join(kept).rstrip() + _CUT


def device_text(text: str, most: int) -> str:
    """The same of what a machine says, without what may be about a person."""
    return plain(_PERSONAL.sub(_CUT, plain(text, 4 * most)), most)


def _is_plain(text: str) -> bool:
    """What is so already, as most texts are, is not looked at letter by letter."""
    shown = text.isprintable() or text.replace(_NON_JOINER, "").isprintable()
    return shown and "  " not in text and text.strip() == text


def _parts(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cc"


def _hides(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN and char != _NON_JOINER


def _weight(text: str) -> int:
    """Bytes in JSON: quotation marks and backslashes are escaped."""
    return len(text.encode("utf-8", "replace")) + text.count('"') + text.count("\\")

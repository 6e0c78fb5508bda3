"""The small values of a `driver.toml`: reasons, patterns, durations, and the octets of a line.

Octets are written as manuals print them: printable characters stand for themselves, everything else in angle brackets
by its ASCII name or in hexadecimal, `<ESC>T<CR>`, `<10><04><01>`. Regular expressions are compiled by RE2, whose time
is linear in the text, so none of them can freeze a poll.
"""

import difflib
import re
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from fleetmon import vocabulary
from fleetmon.model.durations import seconds
from fleetmon.model.oid import Oid, oid

_options = re2.Options()
_options.dot_nl = True  # "." is any octet: a job name or a counter may hold a line feed
_options.log_errors = False  # what is wrong is told with its line, not by RE2 on stderr
_options.max_mem = 1 << 18  # what is larger is not even compiled

CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC"
    " FS GS RS US SP"
).split()
"""The ASCII names of the octets 00 to 20 (ISO/IEC 646)."""
_BY_NAME = {name: code for code, name in enumerate(CONTROLS)} | {"DEL": 127, "XON": 17, "XOFF": 19}
_MANUAL = "NUL SOH STX ETX EOT ENQ ACK BEL LF VT FF CR DLE DC1 DC2 DC3 DC4 NAK ETB ESC XON XOFF".split()
_AS_A_WORD = re.compile(rf"(?<![^ ])({'|'.join(_MANUAL)})(?![^ ])")
_HEXADECIMAL = re.compile("[0-9A-Fa-f]{2}( +[0-9A-Fa-f]{2})+")
_BRACKETED = re.compile(r"<([^<>]*)>|([^<>])|(.)", re.DOTALL)
MOST_OCTETS = 4096
_MOST_AKIN = 6
WORD = "[a-z][a-z0-9_]{0,31}"
NOT_A_WORD = "is no name; write small letters, digits and _, a letter first, at most 32"
MOST_STEPS = 6000
"""So large may the program of a pattern be: a frame is then tried in hundredths of a second, whatever it holds."""


class Strict(BaseModel):
    """A table of a definition: unknown keys are errors, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def octets(text: str) -> bytes:
    """The octets that a text like `<STX>S1<ETX>` stands for. Raises ValueError with the form it should have."""
    if text in _BY_NAME:
        raise ValueError(
            f'"{text}" may mean the octet {_BY_NAME[text]:02X} or the letters; '
            f'write "<{text}>" for the octet, "<{ord(text[0]):02X}>{text[1:]}" for the letters'
        )
    if word := _AS_A_WORD.search(text):
        raise ValueError(
            f'"{word[1]}" may mean the octet {_BY_NAME[word[1]]:02X} or the letters; write "<{word[1]}>" for the octet '
            f'(blanks are sent, too), "<{ord(word[1][0]):02X}>{word[1][1:]}" for the letters'
        )
    if _HEXADECIMAL.fullmatch(text):
        meant = "".join(f"<{each}>" for each in text.split())
        raise ValueError(f'may mean octets or their digits; write "{meant}" for the octets')
    found = bytearray()
    for named, plain, stray in _BRACKETED.findall(text):
        if stray or (plain and not (" " <= plain <= "~")):
            sign = stray or plain
            raise ValueError(
                f"{sign!a} cannot stand here; write <{ord(sign) & 255:02X}> for an octet, <CR> for a control character"
            )
        found.append(ord(plain) if plain else _octet(named))
    if len(found) > MOST_OCTETS:
        raise ValueError(f"is longer than {MOST_OCTETS} octets")
    return bytes(found)


def _octet(name: str) -> int:
    if name in _BY_NAME:
        return _BY_NAME[name]
    if re.fullmatch("[0-9A-Fa-f]{2}", name):
        return int(name, 16)
    near = difflib.get_close_matches(name.upper(), _BY_NAME, n=1)
    hint = (
        f'did you mean "<{near[0]}>"?' if near else 'write its ASCII name, "<ESC>", or two hexadecimal digits, "<1B>"'
    )
    raise ValueError(f'"<{name}>" is no octet; {hint}')


def written(data: bytes) -> str:
    """Octets as a definition writes them; the inverse of `octets`."""
    named = {code: name for name, code in reversed(_BY_NAME.items())} | {32: "", 255: "ff"}  # <FF> is the form feed
    shown = [
        chr(code) if 32 <= code < 127 and chr(code) not in "<>" else f"<{named.get(code, '') or format(code, '02X')}>"
        for code in data
    ]
    text = "".join(shown)
    text = _AS_A_WORD.sub(lambda word: _spelt(word[1]), text)
    return _spelt(text) if text in _BY_NAME or _HEXADECIMAL.fullmatch(text) else text


def _spelt(text: str) -> str:
    """A text that would be taken for octets, with its first letter as one."""
    return f"<{ord(text[0]):02X}>{text[1:]}"


def _octets(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError('must be text in quotes: "<ESC>T<CR>"')
    return octets(value)


def _oid(value: object) -> Oid:
    """Text from a file, or the tuple itself from code; a list of numbers, which TOML could give, is a mistake."""
    found = oid(value) if isinstance(value, str) else value
    if not isinstance(found, tuple) or len(found) < 2:
        raise ValueError('is no OID; write it in quotes, numbers with dots: "1.3.6.1.2.1.1.1.0"')
    return found


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error as error:
        words = error.args[0] if error.args else b""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        if "repetition size" in said:
            said += "; at most 1000, and repetitions within each other count together"
        raise ValueError(f"not a regular expression that RE2 can run: {said}") from None
    if (steps := compiled(text).programsize) > MOST_STEPS:
        raise ValueError(
            f"too large a regular expression: {steps} steps, at most {MOST_STEPS}; make repetitions shorter"
        )
    return text


def _word(text: str) -> str:
    if not re.fullmatch(WORD, text):
        raise ValueError(f'"{text[:40]}" {NOT_A_WORD}')
    return text


def _pointer(text: str) -> str:
    if text and (not text.startswith("/") or re.search("~(?![01])", text)):
        raise ValueError('is no JSON Pointer (RFC 6901); write "/result/state", ~1 for a slash in a name, ~0 for a ~')
    return text


def _picks(text: str) -> str:
    if "value" not in compiled(text).groupindex:
        raise ValueError("picks nothing; name the part that is meant: (?P<value>...)")
    return text


def _akin(keyword: str) -> str:
    """The shortest keywords that end alike; none is suggested, since what is merely alike would be believed."""
    parts = keyword.split("-")
    for place in range(1, len(parts)):
        end = "-".join(parts[place:])
        found = sorted((each for each in vocabulary.REASONS if f"-{each}".endswith(f"-{end}")), key=len)
        if found:
            return f"; these end alike: {', '.join(found[:_MOST_AKIN])}"
    return ""


def _reason(text: str) -> str:
    if vocabulary.is_reason(text):
        return text
    keyword, _ = vocabulary.split_suffix(text)
    # Only a slip of the pen is guessed at: a word that is merely alike would be believed and map a code wrongly.
    meant = [keyword] if keyword != text else difflib.get_close_matches(text, vocabulary.REASONS, n=1, cutoff=0.85)
    hint = f'; did you mean "{meant[0]}"?' if meant else _akin(keyword)
    raise ValueError(
        f'"{text}" is no printer-state-reasons keyword and no extension of ours (docs/vocabulary.md){hint}'
    )


def _seconds(value: object) -> float:
    """Text with a unit from a file, or seconds from code."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a duration with its unit: "250ms", "2s"')
    found = seconds(value)
    if not 0.001 <= found <= 86_400:
        raise ValueError('must be between "1ms" and "1d"')
    return found


OidText = Annotated[Oid, PlainValidator(_oid)]
Octets = Annotated[bytes, PlainValidator(_octets), PlainSerializer(written)]
SomeOctets = Annotated[Octets, Field(min_length=1)]
Pattern = Annotated[str, Field(max_length=512), AfterValidator(_pattern)]
Picker = Annotated[Pattern, AfterValidator(_picks)]
Reason = Annotated[str, AfterValidator(_reason)]
Seconds = Annotated[float, PlainValidator(_seconds)]
Whole = Annotated[int, Field(strict=True)]
Real = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=MOST_OCTETS)]
Mask = Annotated[str, Field(pattern="^0x[0-9a-fA-F]{1,16}$")]
Word = Annotated[str, AfterValidator(_word)]
Pointer = Annotated[str, AfterValidator(_pointer)]
Pace: TypeAlias = Literal["fast", "slow", "on-change"]
Maturity: TypeAlias = Literal["experimental", "documented", "verified"]
Order: TypeAlias = Literal["big", "little"]


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "re2._Regexp[str]":
    """The compiled form of a pattern; re2.error unless a definition's validation has already accepted it."""
    return re2.compile(pattern, _options)

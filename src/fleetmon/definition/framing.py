"""How replies, and where wanted requests, are cut out of a stream of octets.

A line has no packets: octets come singly, glued or split, so a frame is found by what stands in it. The few forms here
cover what manuals describe; the well-known ones have names, `framing = "stx-etx-bcc"`.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from fleetmon.definition.words import MOST_OCTETS, Count, Octets, Order, Seconds, SomeOctets, Strict, Whole

Sum: TypeAlias = Literal[
    "xor", "sum", "ones-complement", "twos-complement",
    "crc-8", "crc-16/arc", "crc-16/modbus", "crc-16/ccitt-false", "crc-16/xmodem", "crc-16/kermit", "crc-32", "crc",
]  # fmt: skip


class Check(Strict):
    """The octets that prove a frame. `of` is what they are computed over: a text of the words start, content and end,
    joined by `+`. They stand after the end mark or before it (`place`), in `form`, the most significant octet or digit
    first unless `order` says little. `bits` are those of the sums; for `crc` the polynomial is the plain one (not
    reflected), as in the catalogue of parametrised CRC algorithms."""

    kind: Sum
    bits: Literal[8, 16, 32] = 8
    polynomial: Annotated[Whole, Field(ge=1)] | None = None
    initial: Annotated[Whole, Field(ge=0)] = 0
    reflected: bool = False
    final_xor: Annotated[Whole, Field(ge=0)] = 0
    of: Literal[
        "content", "start+content", "content+end", "start+content+end",
    ] = "content+end"  # fmt: skip
    place: Literal["after-end", "before-end"] = "after-end"
    form: Literal["binary", "hex", "HEX", "decimal"] = "binary"
    order: Order = "big"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == "crc") != (self.polynomial is not None):
            raise ValueError('a polynomial belongs to kind = "crc", and to that one only')
        return self


class Delimited(Strict):
    """From `start` (or at once) to `end`; then the check and `after`, which must follow. Several `end`s: any of them.
    Octets before `start` are noise and skipped; `escape` makes the octet after it content, whatever it is."""

    kind: Literal["delimited"] = "delimited"
    start: Octets = b""
    end: SomeOctets | Annotated[tuple[SomeOctets, ...], Field(min_length=1)]
    check: Check | None = None
    after: Octets = b""
    escape: Octets = b""
    skip_empty: bool = False


class Fixed(Strict):
    """Exactly `length` octets, `start` and check included."""

    kind: Literal["fixed"]
    length: Count
    start: Octets = b""
    check: Check | None = None


class LengthPrefixed(Strict):
    """A header that tells the length: `start`, `before` further octets, then a number of `size` octets (characters,
    where `form` says so). It counts the content, all that follows it (`rest`) or the whole frame; `add` corrects it.
    The content is what stands between the number and the check or `end`. `before` octets begin the content."""

    kind: Literal["length-prefixed"]
    start: Octets = b""
    before: Annotated[Whole, Field(ge=0, le=64)] = 0
    size: Annotated[Whole, Field(ge=1, le=8)] = 1
    form: Literal["binary", "hex", "decimal"] = "binary"
    order: Order = "big"
    counts: Literal["content", "rest", "frame"] = "content"
    add: Annotated[Whole, Field(ge=-64, le=64)] = 0
    check: Check | None = None
    end: Octets = b""


class UntilClose(Strict):
    """Everything until the machine closes the connection; our half of it is closed after the request."""

    kind: Literal["until-close"]


class UntilQuiet(Strict):
    """Everything until nothing came for `quiet`: only for machines that mark no end in any way."""

    kind: Literal["until-quiet"]
    quiet: Seconds = 0.2


_LINE: dict[str, object] = {"kind": "delimited", "end": ["<CR>", "<LF>"], "skip_empty": True}
_STX_ETX: dict[str, object] = {"kind": "delimited", "start": "<STX>", "end": "<ETX>"}
NAMED: dict[str, dict[str, object]] = {
    "line": _LINE,
    "cr": {"kind": "delimited", "end": "<CR>"},
    "lf": {"kind": "delimited", "end": "<LF>"},
    "crlf": {"kind": "delimited", "end": "<CR><LF>"},
    "until-ff": {"kind": "delimited", "end": "<FF>"},
    "stx-etx": _STX_ETX,
    "stx-etx-bcc": {**_STX_ETX, "check": {"kind": "xor"}},
    "stx-etx-sum": {**_STX_ETX, "check": {"kind": "sum"}},
    "quoted": {"kind": "delimited", "start": '"', "end": '"'},
    "until-close": {"kind": "until-close"},
    "until-quiet": {"kind": "until-quiet"},
}
"""The framings that have a name, as the tables they stand for."""


def _named(value: object) -> object:
    if not isinstance(value, str):
        return {"kind": "delimited", **value} if isinstance(value, dict) else value
    if value not in NAMED:
        raise ValueError(f'"{value}" is no framing; one of {", ".join(NAMED)}, or a table: {{ end = "<CR>" }}')
    return NAMED[value]


AnyFraming: TypeAlias = Delimited | Fixed | LengthPrefixed | UntilClose | UntilQuiet
Framing = Annotated[
    Annotated[AnyFraming, Field(discriminator="kind")],
    BeforeValidator(_named),
]
LONGEST_FRAME = MOST_OCTETS

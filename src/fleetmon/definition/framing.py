"""How replies, and where wanted requests, are cut out of a stream of octets.

A line has no packets: octets come singly, glued or split, so a frame is found by what stands in it. The few forms here
cover what manuals describe; the well-known ones have names, `framing = "stx-etx-bcc"`.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from fleetmon.definition.words import MOST_OCTETS, Count, Octets, Order, Seconds, SomeOctets, Strict, Whole, written

Sum: TypeAlias = Literal[
    "xor", "sum", "ones-complement", "twos-complement",
    "crc-8", "crc-16/arc", "crc-16/modbus", "crc-16/ccitt-false", "crc-16/xmodem", "crc-16/kermit", "crc-32", "crc",
]  # fmt: skip


_OWN_BITS: dict[str, int] = {"xor": 8, "crc-8": 8, "crc-32": 32}
_Number = Annotated[Whole, Field(ge=0)]


class Check(Strict):
    """The octets that prove a frame. `of` is what they are computed over: a text of the words start, content and end,
    joined by `+`; `number` is the length in a length-prefixed frame, which `start` takes in as well. They stand after
    the end mark or before it (`place`), in `form`, the most significant octet first unless `order` says little.

    `bits` are those of the sums and of `crc`, whose polynomial is the plain one (not reflected), as in the catalogue of
    parametrised CRC algorithms. The complements are those of the plain sum."""

    kind: Sum
    bits: Literal[8, 16, 32] = 8
    polynomial: Annotated[Whole, Field(ge=1)] | None = None
    initial: _Number = 0
    reflected: bool = False
    final_xor: _Number = 0
    of: Literal[
        "content", "content+end", "start+content", "start+content+end", "number+content", "number+content+end",
    ] = "content+end"  # fmt: skip
    place: Literal["after-end", "before-end"] = "after-end"
    form: Literal["binary", "hex", "HEX", "decimal"] = "binary"
    order: Order = "big"

    @model_validator(mode="before")
    @classmethod
    def _bits_by_name(cls, value: object) -> object:
        """A named algorithm brings its bits."""
        if not isinstance(value, dict) or not isinstance(kind := value.get("kind"), str):
            return value
        own = _OWN_BITS.get(kind, 16 if kind.startswith("crc-16/") else None)
        if own is None:
            return value
        if value.get("bits", own) != own:
            raise ValueError(f"{kind} has {own} bits; leave bits out")
        return {**value, "bits": own}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == "crc") != (self.polynomial is not None):
            raise ValueError('a polynomial belongs to kind = "crc", and to that one only')
        if self.kind != "crc" and (self.initial or self.reflected or self.final_xor):
            raise ValueError(f'{self.kind} is complete; initial, reflected and final_xor belong to kind = "crc"')
        for word, number in (("polynomial", self.polynomial), ("initial", self.initial), ("final_xor", self.final_xor)):
            if (number or 0) >> self.bits:
                raise ValueError(
                    f"{word} {number:#x} is wider than {self.bits} bits; write the plain polynomial without its "
                    f"highest bit, and say bits = 8, 16 or 32"
                )
        if self.form == "decimal" and self.order == "little":
            raise ValueError("decimal digits have no order; leave order out")
        return self

    @property
    def width(self) -> int:
        """How many octets it takes in a frame."""
        if self.form == "decimal":
            return len(str((1 << self.bits) - 1))
        return self.bits // 8 if self.form == "binary" else self.bits // 4


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str | bytes) else value


class Delimited(Strict):
    """From `start` (or at once) to `end`; then the check and `after`, which must follow. Several `end`s: any of them.
    Octets before `start` are noise and skipped; `escape` makes the octet after it content, whatever it is, and is taken
    out. A check before the end is escaped with the content, one after it is not. `skip_empty` passes over frames
    without content."""

    kind: Literal["delimited"] = "delimited"
    start: Octets = b""
    end: Annotated[tuple[SomeOctets, ...], Field(min_length=1, max_length=8), BeforeValidator(_one_or_more)]
    check: Check | None = None
    after: Octets = b""
    escape: Annotated[Octets, Field(max_length=1)] = b""
    skip_empty: bool = False

    @property
    def ends(self) -> tuple[bytes, ...]:
        """Each mark that ends a frame, the longest first."""
        return tuple(sorted(self.end, key=len, reverse=True))

    @model_validator(mode="after")
    def _reaches_its_ends(self) -> Self:
        """Each end can come true: a mark that another one cuts off would only depend on how octets arrive."""
        for mark in self.ends:
            for other in self.ends:
                if other != mark and other in mark[:-1]:
                    raise ValueError(
                        f'"{written(mark)}" never ends a frame, because "{written(other)}" in it does; for lines that '
                        f'end with CR, LF or both, write framing = "line"'
                    )
            if self.escape and self.escape in (mark[1:] if len(mark) == 2 else mark):
                raise ValueError(
                    f'the escape "{written(self.escape)}" cannot stand in the end "{written(mark)}", unless as the '
                    f"first of two octets"
                )
        if self.check and self.check.of.startswith("number"):
            raise ValueError('only a length-prefixed frame has a number; write of = "start+content"')
        return self


class Fixed(Strict):
    """Exactly `length` octets, `start` and check included; the check stands last."""

    kind: Literal["fixed"]
    length: Count
    start: Octets = b""
    check: Check | None = None

    @model_validator(mode="after")
    def _has_content(self) -> Self:
        taken = len(self.start) + (self.check.width if self.check else 0)
        if taken >= self.length:
            raise ValueError(f"{self.length} octets leave no content; start and check alone take {taken}")
        if self.check and (self.check.of.startswith("number") or self.check.place == "before-end"):
            raise ValueError("a fixed frame has neither number nor end mark: its check stands last")
        return self


class LengthPrefixed(Strict):
    """A header that tells the length: `start`, `before` further octets, then a number of `size` octets (characters,
    where `form` says so). `counts` says what the number counts: the content that follows it, without check and end;
    all that follows it (`rest`); or the whole frame. It counts pieces of `each` octets, and `add` is added to the
    octets it tells. The content is what stands between the number and the check or `end`; the octets of `before` begin
    it. Without `start` nothing can be skipped: noise before the number makes the reply garbled."""

    kind: Literal["length-prefixed"]
    start: Octets = b""
    before: Annotated[Whole, Field(ge=0, le=64)] = 0
    size: Annotated[Whole, Field(ge=1, le=8)] = 1
    form: Literal["binary", "hex", "decimal"] = "binary"
    order: Order = "big"
    counts: Literal["content", "rest", "frame"] = "content"
    each: Annotated[Whole, Field(ge=1, le=8)] = 1
    add: Annotated[Whole, Field(ge=-64, le=64)] = 0
    check: Check | None = None
    end: Octets = b""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.order == "little" and (self.form == "decimal" or (self.form == "hex" and self.size % 2)):
            raise ValueError(f"{self.size} {self.form} digits have no order of octets; leave order out")
        if self.check and self.check.place == "before-end" and not self.end:
            raise ValueError("there is no end that the check could stand before; leave place out")
        return self


class UntilClose(Strict):
    """Everything until the machine closes the connection; our half of it is closed after the request. A serial line is
    never closed: there, a reply framed like this never ends."""

    kind: Literal["until-close"]


class UntilQuiet(Strict):
    """Everything until nothing came for `quiet`: only for machines that mark no end in any way. A pause of the line,
    the operating system or a device server cuts such a reply short, so give it a pattern that fits whole replies."""

    kind: Literal["until-quiet"]
    quiet: Annotated[Seconds, Field(ge=0.02, le=10)] = 0.2


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


_TELLING: dict[str, set[str]] = {
    "fixed": {"length"},
    "length-prefixed": {"size", "counts", "before", "add"},
    "until-quiet": {"quiet"},
}
"""The keys that tell which kind was meant, where it was forgotten."""


def _named(value: object) -> object:
    if isinstance(value, dict):
        found = next((kind for kind, keys in _TELLING.items() if keys & value.keys()), None)
        if "kind" not in value and "end" not in value and found:
            raise ValueError(f'frames like these need kind = "{found}"')
        return {"kind": "delimited", **value}
    if not isinstance(value, str):
        return value
    if value not in NAMED:
        raise ValueError(f'"{value}" is no framing; one of {", ".join(NAMED)}, or a table: {{ end = "<CR>" }}')
    return NAMED[value]


AnyFraming: TypeAlias = Delimited | Fixed | LengthPrefixed | UntilClose | UntilQuiet
Framing = Annotated[
    Annotated[AnyFraming, Field(discriminator="kind")],
    BeforeValidator(_named),
]
LONGEST_FRAME = MOST_OCTETS


def cannot_hold(framing: AnyFraming, content: bytes) -> str:
    """Why a request cannot be the content of one such frame, in words; empty if it can."""
    match framing:
        case Delimited():
            inside = [mark for mark in framing.ends if mark in content]
            if inside and not framing.escape:
                return f'it holds "{written(inside[0])}", which would end its frame'
            if framing.skip_empty and not content:
                return "it is empty, and empty frames are passed over"
        case Fixed():
            room = framing.length - len(framing.start) - (framing.check.width if framing.check else 0)
            if len(content) != room:
                return f"it has {len(content)} octets, and the frame holds {room}"
        case LengthPrefixed() if len(content) < framing.before:
            return f"it must begin with the {framing.before} octets that stand before the length"
    return ""

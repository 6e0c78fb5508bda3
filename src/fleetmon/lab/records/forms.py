"""Every form in which a secret may stand in what a machine says, and what stands there instead.

A machine repeats itself: its serial number is in a table, in its description and in the arcs of a name; its address
stands in octets, in reverse, in hexadecimal and with dots. A secret that survives in one of these forms is not hidden
at all. So each secret is looked for in all of them, and found again by whoever knows which form it was: every form of
one secret shows that form of one pseudonym. Only what is as long as four octets is looked for everywhere; less would
be found in words that it has nothing to do with. What passes by, like the names on a display, is forgotten again:
looking for everything that was ever shown would take longer with each document.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from fleetmon.lab.records.pseudonyms import Pseudonyms
from fleetmon.model.oid import Oid

SHORTEST: Final = 4
_SHORTEST_DIGITS: Final = 6  # fewer are part of longer numbers
_PASSING: Final = 32
_LASTING: Final = 64  # a printer has a dozen; a switch has hundreds of addresses, and each costs time in every text
_SEPARATOR: Final = rb"[ :.\-]?"
_ROUNDS: Final = 8
_SMALLEST_NUMBER: Final = 100_000  # less may count documents
_WIDE: Final = ("utf-16-le", "utf-16-be")
_MIB2: Final[Oid] = (1, 3, 6, 1, 2, 1)
_NETWORK_GROUPS: Final = ((3,), (4,), (6,), (7,))  # at, ip, tcp, udp (RFC 1213): whose indices are IPv4 addresses
_WORD: Final = re.compile(r"[^\W_]+")

Disguise = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class _Form:
    """What to look for, how long it is at least, and what to put there."""

    pattern: bytes
    size: int
    put: Disguise


class Forms:
    """The secrets known so far, and how each of their forms is replaced."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._known: dict[bytes, list[_Form]] = {}
        self._passing: dict[bytes, None] = {}
        self._numbers: dict[int, int] = {}
        self._arcs: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._compiled: tuple[re.Pattern[bytes], list[_Form]] | None = None

    def text(self, secret: bytes, disguise: Disguise, passing: bool = False) -> None:
        """A secret that is text; `disguise` gives its pseudonym, and that of the same word in capitals. A field filled
        with one character is none."""
        other = disguise(secret)
        if len(secret) < SHORTEST or other == secret or len(set(secret)) == 1:
            return
        self._learn(secret, list(_forms_of_text(secret, disguise)), other, passing)
        if secret.isdigit():
            self.number(int(secret))

    def hardware(self, secret: bytes, passing: bool = False) -> None:
        """A MAC address, in octets."""
        other = self._pseudonyms.hardware(secret)
        self._learn(secret, [*_forms_of_octets(secret, other), *_end_of_hardware(secret, other)], other, passing)

    def ip(self, secret: bytes, passing: bool = False) -> None:
        """An IPv4 or IPv6 address, in octets."""
        other = self._pseudonyms.ip(secret)
        self._learn(secret, [*_forms_of_octets(secret, other), *_forms_of_ip(secret, other)], other, passing)
        if len(secret) == 4:
            self._count(int.from_bytes(secret), int.from_bytes(other))
            self._count(int.from_bytes(secret, "little"), int.from_bytes(other, "little"))

    def number(self, secret: int) -> None:
        """A secret that is a number."""
        self._count(secret, self._pseudonyms.number(secret))

    def forget(self) -> None:
        """All that passed by but the latest."""
        for secret in list(self._passing)[:-_PASSING]:
            del self._passing[secret], self._known[secret], self._arcs[tuple(secret)]
            self._compiled = None

    def replaced(self, octets: bytes) -> bytes:
        """The same without any secret, whatever its form."""
        for _ in range(_ROUNDS):
            found = self._replaced_once(octets)
            if found == octets:
                return found
            octets = found
        return b"x" * len(octets)  # pseudonyms that make a secret with their neighbours, again and again

    def replaced_number(self, number: int) -> int:
        """The number, or its pseudonym."""
        return self._numbers.get(number, number)

    def replaced_oid(self, oid: Oid) -> Oid:
        """The same name without secrets in its index."""
        for secret, other in self._arcs.items():
            size = len(secret)
            for at in range(_first_arc(oid, secret), len(oid) - size + 1):
                if oid[at : at + size] == secret:
                    oid = (*oid[:at], *other, *oid[at + size :])
        return oid

    def _learn(self, secret: bytes, forms: list[_Form], other: bytes, passing: bool) -> None:
        if secret not in self._known:
            self._known[secret] = forms
            self._arcs[tuple(secret)] = tuple(other)
            self._compiled = None
        elif secret not in self._passing:
            return
        self._passing.pop(secret, None)
        if passing or len(self._known) - len(self._passing) > _LASTING:
            self._passing[secret] = None

    def _count(self, secret: int, other: int) -> None:
        if abs(secret) >= _SMALLEST_NUMBER:
            self._numbers[secret] = other

    def _replaced_once(self, octets: bytes) -> bytes:
        for coding in _WIDE:
            if _looks_like(octets, coding):
                return self._replace(octets.decode(coding).encode()).decode().encode(coding)
        return self._replace(octets)

    def _replace(self, octets: bytes) -> bytes:
        if self._compiled is None:
            self._compiled = self._compile()
        pattern, forms = self._compiled

        def put(match: re.Match[bytes]) -> bytes:
            return forms[int((match.lastgroup or "f0")[1:])].put(match[0])

        return pattern.sub(put, octets) if forms else octets

    def _compile(self) -> tuple[re.Pattern[bytes], list[_Form]]:
        forms = [form for known in self._known.values() for form in known]
        forms.sort(key=lambda form: -form.size)
        branches = (b"(?P<f%d>%s)" % (number, form.pattern) for number, form in enumerate(forms))
        return re.compile(b"|".join(branches), re.IGNORECASE | re.DOTALL), forms


def by_words(secret: bytes, disguise: Disguise, keep: Callable[[str], bool]) -> bytes:
    """Each word by itself, but those to be kept; what is no text, as a whole. Letters that stand alone are no words:
    each by itself would always have the same pseudonym, which is a cipher for children."""
    whole = disguise(secret)
    try:
        text, other = secret.decode(), whole.decode()
    except UnicodeDecodeError:
        return whole

    def put(word: re.Match[str]) -> str:
        if keep(word[0]):
            return word[0]
        return other[word.start() : word.end()] if len(word[0]) == 1 else disguise(word[0].encode()).decode()

    return _WORD.sub(put, text).encode()


def _forms_of_text(secret: bytes, disguise: Disguise) -> Iterator[_Form]:
    if secret.isdigit() and len(secret) < _SHORTEST_DIGITS:
        yield _Form(b"(?<![0-9])%s(?![0-9])" % secret, len(secret), disguise)
        return
    yield _Form(re.escape(secret), len(secret), disguise)
    yield _Form(re.escape(secret[::-1]), len(secret), lambda found: disguise(found[::-1])[::-1])
    for spelt in {secret, secret.upper(), secret.lower()}:
        yield _hexadecimal(spelt, disguise(spelt))
    text = _decoded(secret)
    for coding in _WIDE:
        yield _Form(re.escape(text.encode(coding)), 2 * len(secret), partial(_wide, coding=coding, disguise=disguise))


def _wide(found: bytes, coding: str, disguise: Disguise) -> bytes:
    return disguise(found.decode(coding).encode()).decode().encode(coding)


def _forms_of_octets(secret: bytes, other: bytes) -> Iterator[_Form]:
    yield _Form(b"(?-i:%s)" % re.escape(secret), len(secret), lambda _: other)
    yield _Form(b"(?-i:%s)" % re.escape(secret[::-1]), len(secret), lambda _: other[::-1])
    yield _hexadecimal(secret, other)
    yield _hexadecimal(secret[::-1], other[::-1])
    if len(secret) != 4:
        short = b":".join(b"0?%x" % octet for octet in secret)
        yield _Form(rb"(?<![0-9a-f:])%s(?![0-9a-f])" % short, 2 * len(secret), lambda _: other.hex(":").encode())


def _end_of_hardware(secret: bytes, other: bytes) -> Iterator[_Form]:
    """The three octets that are the machine's own and not its maker's: factory names like NPID9BAF5 end in them."""
    end = secret[-3:]
    if len(secret) == 6 and len(set(end)) == 3:
        before = b"(?<![0-9a-f])" if end.hex().isdigit() else b""
        yield _Form(b"%s%s(?![0-9a-f])" % (before, end.hex().encode()), 6, partial(_pairs, other=other[-3:]))


def _forms_of_ip(secret: bytes, other: bytes) -> Iterator[_Form]:
    if len(secret) == 4:
        dotted = rb"\.".join(b"0{0,2}%d" % part for part in secret)
        yield _Form(
            rb"%s(?![0-9])" % dotted, 7, partial(_dotted, other=other)
        )  # digits before it: fields of fixed size
        return
    was, now = ipaddress.IPv6Address(secret), ipaddress.IPv6Address(other)
    yield _spelt(was.exploded, now.exploded)
    yield _spelt(was.compressed, now.compressed)


def _spelt(was: str, now: str) -> _Form:
    """A text of hexadecimal digits and colons, where no more of them stand around it."""
    return _Form(rb"(?<![0-9a-f:])%s(?![0-9a-f:])" % re.escape(was.encode()), len(was), lambda _: now.encode())


def _dotted(found: bytes, other: bytes) -> bytes:
    """With as many digits in each part, padded where they were."""
    parts = zip(found.split(b"."), other, strict=True)
    return b".".join(b"%0*d" % (len(part), new) for part, new in parts)


def _hexadecimal(secret: bytes, other: bytes) -> _Form:
    pairs = _SEPARATOR.join(b"%02x" % octet for octet in secret)
    return _Form(pairs, 2 * len(secret), partial(_pairs, other=other))


def _pairs(found: bytes, other: bytes) -> bytes:
    """The digits of `other` with the marks between them, and in capitals, as they were found."""
    digits = iter(other.hex().upper() if found != found.lower() else other.hex())
    return bytes(ord(next(digits)) if octet in b"0123456789abcdefABCDEF" else octet for octet in found)


def _first_arc(oid: Oid, secret: tuple[int, ...]) -> int:
    """From where it may stand in an index; four arcs are an address only where such are indices."""
    begin = len(_MIB2) + 2
    if len(secret) > SHORTEST or min(secret) >= ord(" "):
        return begin
    return begin if oid[: len(_MIB2)] == _MIB2 and oid[begin - 2 : begin - 1] in _NETWORK_GROUPS else len(oid)


def _decoded(secret: bytes) -> str:
    try:
        return secret.decode()
    except UnicodeDecodeError:
        return secret.decode("latin-1")


def _looks_like(octets: bytes, coding: str) -> bool:
    """Printable Latin letters in two octets each, all the way."""
    high = octets[coding == "utf-16-le" :: 2]
    if len(octets) < 2 * SHORTEST or len(octets) % 2 or any(high):
        return False
    return octets.decode(coding).isprintable()

"""What a recording must not tell: who and where the machine is, how it is reached, and whose papers it makes.

Secrets are learnt in two ways: from the places where standards and drivers put them (a serial number's column, an
address's tag), and by their look (a MAC address, a private IPv4 address, `SN:...` in a description). What was learnt
once is then replaced wherever it stands, in all its forms, by a pseudonym of the same kind: drivers go the same way as
before. Of displays and of names only words are kept that the drivers or the vocabulary know, for the rest may be the
holder's name.

It hides what it can know. A name that stands in no known place and looks like nothing stays; so a recording is plain
text, to be read before it is given away.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final

from fleetmon.decode.dialogue import Get, Reply, Request, Value, Varbind, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.definition import Definition
from fleetmon.lab.forms import SHORTEST, Disguise, Forms, by_words
from fleetmon.lab.pseudonyms import Pseudonyms
from fleetmon.lab.trade_words import TRADE_WORDS
from fleetmon.model.oid import Oid


class Secret(StrEnum):
    """What is hidden unless somebody asks to keep it."""

    SERIALS = "serials"
    ADDRESSES = "addresses"
    NAMES = "names"
    CONSOLES = "consoles"
    CREDENTIALS = "credentials"


_MIB2: Final[Oid] = (1, 3, 6, 1, 2, 1)
_INTEGER, _ADDRESS = 2, 0x40
_SYSTEM: Final[Oid] = (*_MIB2, 1)
_MAC_COLUMNS: Final = ((*_MIB2, 2, 2, 1, 6), (*_MIB2, 3, 1, 1, 2), (*_MIB2, 4, 22, 1, 2))
_TOLD_BY_MAKER: Final = ((*_SYSTEM, 5), (*mib.GENERAL, mib.PRINTER_NAME))  # often the model's name, until changed
_PLACES: Final[dict[Oid, Secret]] = {
    (*_SYSTEM, 4): Secret.NAMES,
    (*_SYSTEM, 6): Secret.NAMES,
    (*mib.GENERAL, 4): Secret.NAMES,  # prtGeneralCurrentOperator
    (*mib.GENERAL, 5): Secret.NAMES,  # prtGeneralServicePerson
    (*_MIB2, 31, 1, 1, 1, 18): Secret.NAMES,  # ifAlias
    (*mib.GENERAL, mib.SERIAL_NUMBER): Secret.SERIALS,
    (*mib.INPUT, 17): Secret.SERIALS,
    (*_MIB2, 43, 9, 2, 1, 11): Secret.SERIALS,  # prtOutputSerialNumber
    (*_MIB2, 47, 1, 1, 1, 1, 11): Secret.SERIALS,  # entPhysicalSerialNum
    (*mib.CONSOLE, mib.CONSOLE_TEXT): Secret.CONSOLES,
    **dict.fromkeys(_MAC_COLUMNS, Secret.ADDRESSES),
    **dict.fromkeys(_TOLD_BY_MAKER, Secret.NAMES),
}
# What to ask before anything is written, so that a secret is known before it is met in another place.
TELLING: Final[tuple[Request, ...]] = (
    Get(tuple((*_SYSTEM, column, 0) for column in (4, 5, 6))),
    *(Walk(column) for column in (*_MAC_COLUMNS, (*_MIB2, 4, 20, 1, 1))),
    Walk(mib.GENERAL),
)

_SERIAL: Final = re.compile(
    rb"\b(?:S[/.]?N|SERN|SER(?:IAL)?[ _-]?(?:NO|NR|NUM|NUMBER)?)\b\.?\s*[:=#]?\s*([A-Z0-9-]*[0-9][A-Z0-9-]*)",
    re.IGNORECASE,
)
_MAC: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?![0-9a-f])", re.IGNORECASE)
_IPV4: Final = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_IPV6: Final = re.compile(rb"(?<![0-9a-f:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}(?![0-9a-f:])", re.IGNORECASE)
_MAIL: Final = re.compile(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ESCAPE: Final = re.compile(r"\\.")
_MULTICAST: Final = 224
_NO_SECRETS: Final = frozenset({"", "public", "localhost"})
_PADDING: Final = b" \0"
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


class Redactor:
    """Hides everything but what is in `keep`; `drivers` decide which words mean something. `key` is the pseudonyms'."""

    def __init__(self, key: bytes, drivers: Iterable[Definition] = (), keep: Iterable[Secret] = ()) -> None:
        self._pseudonyms = Pseudonyms(key)
        self._forms = Forms(self._pseudonyms)
        self.hidden = tuple(secret for secret in Secret if secret not in set(keep))
        definitions = list(drivers)
        self._driver_words = frozenset(word for each in definitions for word in words_of(each))
        own = {oid: Secret.SERIALS for each in definitions for oid in each.identity.serial_objects}
        self._places = {oid: secret for oid, secret in (_PLACES | own).items() if secret in self.hidden}
        self._telling = TELLING if not own else (*TELLING, Get(tuple(own)))

    @property
    def telling(self) -> tuple[Request, ...]:
        """What to ask a machine, so that its secrets are known."""
        return self._telling

    def learn(self, secret: Secret, word: str) -> None:
        """Something that must not be told, from elsewhere: a community, the host that is asked."""
        if secret not in self.hidden or word in _NO_SECRETS:
            return
        try:
            self._forms.ip(ipaddress.ip_address(word).packed)
        except ValueError:
            self._forms.text(word.encode(), self._pseudonyms.octets)

    def hear(self, reply: Reply) -> None:
        """Learn the secrets that an answer tells."""
        for varbind in reply:
            place = self._place(varbind.oid)
            if varbind.tag == _ADDRESS and isinstance(varbind.value, bytes) and self._is_somebody(varbind.value):
                self._forms.ip(varbind.value)
            elif place is not None:
                self._hear_at(place, varbind)
            if isinstance(varbind.value, bytes):
                self._hear_text(varbind.value)

    def reply(self, reply: Reply) -> Reply:
        """The same answer without the secrets, in the order of its names where it was in their order."""
        rows = [Varbind(self.oid(each.oid), each.tag, self._value(each)) for each in reply]
        ordered = all(one.oid < two.oid for one, two in pairwise(reply))
        return tuple(sorted(rows, key=lambda row: row.oid) if ordered else rows)

    def request(self, request: Request) -> Request:
        """The same question without secrets in the names."""
        if isinstance(request, Get):
            return Get(tuple(map(self.oid, request.oids)))
        return Walk(self.oid(request.root))

    def oid(self, oid: Oid) -> Oid:
        """The same name without secrets in its index."""
        return self._forms.replaced_oid(oid)

    def octets(self, octets: bytes) -> bytes:
        """The same octets without the secrets known so far and those that show by their look."""
        self._hear_text(octets)
        return self._forms.replaced(octets)

    def words(self, text: str) -> str:
        """The same for a text."""
        return self.octets(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _place(self, oid: Oid) -> Secret | None:
        return next((self._places[oid[:size]] for size in range(len(oid), 6, -1) if oid[:size] in self._places), None)

    def _hear_at(self, place: Secret, varbind: Varbind) -> None:
        value = varbind.value
        if isinstance(value, int) and place is Secret.SERIALS:
            other = str(self._pseudonyms.number(value)).encode()
            self._forms.number(value)
            self._forms.text(str(value).encode(), lambda _: other)
        if not isinstance(value, bytes):
            return
        if place is Secret.ADDRESSES:
            if len(value) in (6, 8) and any(value):
                self._forms.hardware(value)
        elif place is Secret.CONSOLES:
            for run in self._unknown_words(value):
                self._forms.text(run.encode(), self._disguise(varbind))
        else:
            self._forms.text(value.strip(_PADDING), self._disguise(varbind))

    def _hear_text(self, octets: bytes) -> None:
        """Secrets that show by their look."""
        if Secret.SERIALS in self.hidden:
            for found in _SERIAL.finditer(octets):
                self._forms.text(found[1], self._pseudonyms.octets)
        if Secret.NAMES in self.hidden:
            for found in _MAIL.finditer(octets):
                self._forms.text(found[0], self._pseudonyms.octets)
        if Secret.ADDRESSES in self.hidden:
            for found in _MAC.finditer(octets):
                self._forms.hardware(bytes.fromhex(found[0].decode().replace(":", "").replace("-", "")))
            for found in (*_IPV4.finditer(octets), *_IPV6.finditer(octets)):
                self._hear_address_text(found[0].decode())

    def _hear_address_text(self, text: str) -> None:
        """Four numbers may be a version: only those of private networks are addresses for sure."""
        try:
            address = ipaddress.ip_address(
                ".".join(str(int(part)) for part in text.split(".")) if "." in text else text
            )
        except ValueError:
            return
        if (address.is_private or address.version == 6) and self._is_somebody(address.packed):
            self._forms.ip(address.packed)

    def _is_somebody(self, octets: bytes) -> bool:
        """Neither masks nor loopback nor `any` say who somebody is."""
        if Secret.ADDRESSES not in self.hidden or len(octets) not in (4, 16) or not any(octets[:-1]):
            return False
        return len(octets) == 16 or (octets[0] not in (0, 127) and octets[0] < _MULTICAST)

    def _value(self, varbind: Varbind) -> Value:
        value, place = varbind.value, self._place(varbind.oid)
        if isinstance(value, int) and varbind.tag == _INTEGER:
            return self._forms.replaced_number(value)
        if isinstance(value, tuple):
            return self.oid(value)
        if not isinstance(value, bytes):
            return value
        if varbind.tag == _ADDRESS:
            return self._pseudonyms.ip(value) if self._is_somebody(value) else value
        if place is Secret.ADDRESSES:
            return self._pseudonyms.hardware(value) if any(value) else value
        return self._forms.replaced(value if place is None else self._hidden(value, self._disguise(varbind)))

    def _hidden(self, value: bytes, disguise: Disguise) -> bytes:
        """Whatever stands in such a place is a secret, however short."""
        secret = value.strip(_PADDING)
        return value.replace(secret, disguise(secret), 1) if secret else value

    def _disguise(self, varbind: Varbind) -> Disguise:
        place = self._place(varbind.oid)
        if place is Secret.CONSOLES:
            return partial(by_words, disguise=self._pseudonyms.octets, keep=self._is_shown)
        if place is Secret.NAMES:
            told = any(varbind.oid[: len(name)] == name for name in _TOLD_BY_MAKER)
            keep: Callable[[str], bool] = self._means_something if told else lambda word: False
            return partial(by_words, disguise=self._pseudonyms.octets, keep=keep)
        return self._pseudonyms.octets

    def _means_something(self, word: str) -> bool:
        return word.lower() in self._driver_words

    def _is_shown(self, word: str) -> bool:
        """A word of the trade, or a single digit."""
        lower = word.lower()
        return (len(word) == 1 and word.isdigit()) or lower in TRADE_WORDS or lower in self._driver_words

    def _unknown_words(self, line: bytes) -> list[str]:
        """The words of a display that are nobody's but its user's, and several in a row as one."""
        text = line.decode("utf-8", "ignore")
        runs: list[list[str]] = [[]]
        for word in re.findall(r"[^\W_]+", text):
            if self._is_shown(word):
                runs.append([])
            else:
                runs[-1].append(word)
        found = [word for run in runs for word in (*run, " ".join(run))]
        return [word for word in dict.fromkeys(found) if len(word.encode()) >= SHORTEST]


def words_of(definition: Definition) -> set[str]:
    """The words by which a driver knows machines, supplies and faults, in small letters."""
    match, identity = definition.match, definition.identity
    patterns = [*match.sysdescr, *match.unless_sysdescr, *identity.model_sysdescr, *identity.firmware_sysdescr]
    patterns += [maker.sysdescr or "" for maker in definition.makers] + [maker.name for maker in definition.makers]
    patterns += [rule.pattern for rule in definition.supply_rules] + [rule.pattern for rule in definition.text_rules]
    return {word.lower() for pattern in patterns for word in _LETTERS.findall(_ESCAPE.sub(" ", pattern))}

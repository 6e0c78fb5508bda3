"""What a recording must not tell: who and where the machine is, how it is reached, and whose papers it makes.

Secrets are learnt in two ways: from the places where standards and drivers put them (a serial number's column, an
address's tag), and by their look (a MAC address, a private IPv4 address, `SN:...` in a description). What was learnt
once is then replaced wherever it stands, in all its forms, by a pseudonym of the same kind: drivers go the same way as
before. Of displays, of what is told of alerts and of names only words are kept that the drivers or the vocabulary know,
for the rest may be the holder's name. A secret that is such a word itself ("READY") is hidden in its place only.

It hides what it can know. A name that stands in no known place and looks like nothing stays; so a recording is plain
text, to be read before it is given away.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final

from fleetmon.decode.dialogue import Get, Reply, Request, Value, Varbind, Walk
from fleetmon.decode.printer_mib import mib
from fleetmon.definition import Definition, SnmpDefinition, compiled
from fleetmon.lab.records import looks
from fleetmon.lab.records.forms import SHORTEST, Disguise, Forms, by_words
from fleetmon.lab.records.known_words import KnownWords
from fleetmon.lab.records.pseudonyms import Pseudonyms
from fleetmon.model.oid import Oid


class Secret(StrEnum):
    """What is hidden unless somebody asks to keep it."""

    SERIALS = "serials"
    ADDRESSES = "addresses"
    NAMES = "names"
    CONSOLES = "consoles"
    CREDENTIALS = "credentials"


_MIB2: Final[Oid] = (1, 3, 6, 1, 2, 1)
_ADDRESS: Final = 0x40
_WHOLE: Final = (2, 0x42)  # INTEGER, Gauge32: no others can be a serial number, and what counts is left alone
_SYSTEM: Final[Oid] = (*_MIB2, 1)
_DESCR: Final[Oid] = (*_SYSTEM, 1, 0)
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
    (*mib.ALERT, mib.ALERT_DESCRIPTION): Secret.CONSOLES,  # shown as well, and stopped jobs are called by their names
    **dict.fromkeys(_MAC_COLUMNS, Secret.ADDRESSES),
    **dict.fromkeys(_TOLD_BY_MAKER, Secret.NAMES),
}
# What to ask before anything is written, so that a secret is known before it is met in another place.
TELLING: Final[tuple[Request, ...]] = (
    Get(tuple((*_SYSTEM, column, 0) for column in (4, 5, 6))),
    Walk(_MAC_COLUMNS[0]),
    Walk((*_MIB2, 4, 20, 1, 1)),
    Walk(mib.GENERAL),
)

_MULTICAST: Final = 224
_NO_SECRETS: Final = frozenset({"", "public", "localhost"})
_PADDING: Final = b" \0\t\r\n"
_MARKS: Final = b" -./"


def _displays(definition: SnmpDefinition) -> Iterator[Oid]:
    """Where a machine shows texts, in which jobs and people may be named."""
    yield from definition.console
    yield from (rule.oid for rule in definition.faults.values() if rule.texts)
    tables = definition.fault_tables.values()
    yield from ((*rows.entry, rows.text_column) for rows in tables if rows.text_column)


class Redactor:
    """Hides everything but what is in `keep`; `drivers` decide which words mean something. `key` is the pseudonyms'."""

    def __init__(self, key: bytes, drivers: Iterable[Definition] = (), keep: Iterable[Secret] = ()) -> None:
        known = list(drivers)
        definitions = [each for each in known if isinstance(each, SnmpDefinition)]
        self._pseudonyms = Pseudonyms(key)
        self._forms = Forms(self._pseudonyms)
        self._known = KnownWords(known)
        self._asked: list[str] = []
        self.hidden = tuple(secret for secret in Secret if secret not in set(keep))
        own = {oid: Secret.SERIALS for each in definitions for oid in each.identity.serial_objects}
        own |= {oid: Secret.NAMES for each in definitions for oid in each.identity.name_objects}
        shown = {oid: Secret.CONSOLES for each in definitions for oid in _displays(each)}
        self._places = {oid: secret for oid, secret in (_PLACES | shown | own).items() if secret in self.hidden}
        self._picks = tuple(compiled(pick) for each in definitions for pick in each.identity.serial_sysdescr)
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
            address = ipaddress.ip_address(word).packed
        except ValueError:
            self._asked.append(word)
            self._text(word.encode(), self._pseudonyms.octets)
            return
        if self._is_somebody(address):
            self._forms.ip(address)

    def hear(self, reply: Reply) -> None:
        """Learn the secrets that an answer tells, or all answers of a poll at once; forget those of earlier polls that
        were only passing by."""
        self._forms.forget()
        self._known.meet(reply)
        for varbind in reply:
            place = self._place(varbind.oid)
            if varbind.tag == _ADDRESS and isinstance(varbind.value, bytes) and self._is_somebody(varbind.value):
                self._forms.ip(varbind.value)
            elif place is not None:
                self._hear_at(place, varbind)
            if isinstance(varbind.value, bytes):
                self._hear_text(varbind.value)
                if varbind.oid == _DESCR:
                    self._hear_description(varbind.value)

    def hear_text(self, place: Secret, text: bytes) -> None:
        """Learn a text that stood in such a place, and what shows by its look in it."""
        disguise = self._disguise_at(place)
        for spelt in self._spellings(place, text) if place in self.hidden else ():
            self._text(spelt, disguise, passing=place is Secret.CONSOLES)
        self._hear_text(text)

    def meet_model(self, text: str) -> None:
        """Learn the words of the model, which stay."""
        self._known.meet_model([text.encode()])

    def disguised(self, place: Secret, text: bytes) -> bytes:
        """The text that stands in such a place instead of this one."""
        return self._hidden(text, self._disguise_at(place))

    def replaced(self, octets: bytes) -> bytes:
        """The same octets without the secrets known so far."""
        return self._forms.replaced(octets)

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
        """The same for what a link says; it names whom it asked and as whom, be it as short as it may."""
        for word in self._asked:
            other = self._pseudonyms.text(word)
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other.replace("\\", r"\\"), text, flags=re.IGNORECASE)
        return self.octets(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _place(self, oid: Oid) -> Secret | None:
        return next((self._places[oid[:size]] for size in range(len(oid), 6, -1) if oid[:size] in self._places), None)

    def _hear_at(self, place: Secret, varbind: Varbind) -> None:
        value, disguise = varbind.value, self._disguise(varbind)
        if isinstance(value, int) and place is Secret.SERIALS:
            self._forms.number(value)
            self._text(str(value).encode(), lambda _: str(self._pseudonyms.number(value)).encode())
        elif isinstance(value, bytes) and place is Secret.ADDRESSES:
            if len(value) in (6, 8) and any(value):
                self._forms.hardware(value)
        elif isinstance(value, bytes):
            for text in self._spellings(place, value):
                self._text(text, disguise, passing=place is Secret.CONSOLES)

    def _spellings(self, place: Secret, value: bytes) -> list[bytes]:
        """As what else a secret text may stand elsewhere: a number without its zeros and marks, a name by its words."""
        secret = value.strip(_PADDING)
        if place is Secret.SERIALS:
            return [secret, secret.translate(None, _MARKS), secret.lstrip(b"0")]
        return [secret, *self._known.unknown(value, SHORTEST)]

    def _hear_text(self, octets: bytes) -> None:
        """Secrets that show by their look."""
        if Secret.SERIALS in self.hidden:
            for found in looks.serials(octets):
                self._text(found, self._pseudonyms.octets, passing=True)
        if Secret.NAMES in self.hidden:
            for found in looks.names(octets):
                self._text(found, self._pseudonyms.octets, passing=True)
        if Secret.ADDRESSES in self.hidden:
            for found in looks.hardware(octets):
                self._forms.hardware(found, passing=True)
            for found in filter(self._is_somebody, looks.addresses(octets)):
                self._forms.ip(found, passing=True)

    def _hear_description(self, octets: bytes) -> None:
        """The serial number where a driver looks for it in sysDescr."""
        text = octets.decode("utf-8", "replace")
        for found in (pick.search(text) for pick in self._picks if Secret.SERIALS in self.hidden):
            if found is not None:
                self._text(found.group("value").encode(), self._pseudonyms.octets)

    def _text(self, secret: bytes, disguise: Disguise, passing: bool = False) -> None:
        """Look for it everywhere, unless it consists of words that everybody uses."""
        if not self._known.are_all(secret):
            self._forms.text(secret, disguise, passing)

    def _is_somebody(self, octets: bytes) -> bool:
        """Neither masks nor loopback nor `any` say who somebody is."""
        if Secret.ADDRESSES not in self.hidden or len(octets) not in (4, 16) or not any(octets[:-1]):
            return False
        return len(octets) == 16 or (octets[0] not in (0, 127) and octets[0] < _MULTICAST)

    def _value(self, varbind: Varbind) -> Value:
        value, place = varbind.value, self._place(varbind.oid)
        if isinstance(value, int):
            if place is Secret.SERIALS:
                return self._pseudonyms.number(value)
            return self._forms.replaced_number(value) if varbind.tag in _WHOLE else value
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
        told = any(varbind.oid[: len(name)] == name for name in _TOLD_BY_MAKER)
        return self._disguise_at(self._place(varbind.oid), self._known.names if told else None)

    def _disguise_at(self, place: Secret | None, keep: Callable[[str], bool] | None = None) -> Disguise:
        """What is done to a text in such a place; of names, `keep` says which words stay."""
        if place is Secret.CONSOLES:
            return partial(by_words, disguise=self._pseudonyms.octets, keep=self._known.shows)
        if place is Secret.NAMES:
            return partial(by_words, disguise=self._pseudonyms.octets, keep=keep or (lambda word: False))
        return self._pseudonyms.octets

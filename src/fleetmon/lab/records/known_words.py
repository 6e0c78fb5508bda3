"""Which words tell nothing of a holder or an office: those of the trade, of the drivers, and of the machine's model.

A driver goes by some of them ("paper jam", "TOSHIBA TEC"), and whoever reads a bug report wants to know the model. A
machine says its model where nobody can write anything else: in the device table (RFC 2790), in its IEEE 1284 string,
and where a driver looks for it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fleetmon.decode.dialogue import Reply
from fleetmon.definition import Definition, LineDefinition, ModbusDefinition, SnmpDefinition
from fleetmon.definition.snmp_objects import FaultObject, FaultTable
from fleetmon.lab.records.trade_words import TRADE_WORDS
from fleetmon.model.oid import Oid

_DEVICE_DESCR: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 3)
_MODEL: Final = re.compile(rb"(?:^|;)\s*(?:MDL|MODEL)\s*:\s*([^;]+)", re.IGNORECASE)
_MOST_OF_MODELS: Final = 200
_ESCAPE: Final = re.compile(r"\\.")
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_WORD: Final = re.compile(r"[^\W_]+")


class KnownWords:
    """Words to be kept; `meet` adds those of the machine's model."""

    def __init__(self, drivers: Iterable[Definition]) -> None:
        known = list(drivers)
        definitions = [each for each in known if isinstance(each, SnmpDefinition)]
        self._drivers = frozenset(word for each in known for word in words_of(each))
        self._descriptions = {oid for each in definitions for oid in each.identity.model_objects} | {_DEVICE_DESCR}
        self._strings = {oid for each in definitions for oid in each.identity.ieee1284_objects}
        self._model: set[str] = set()

    def meet(self, reply: Reply) -> None:
        """Learn the words of the model."""
        for oid, value in ((each.oid, each.value) for each in reply if isinstance(each.value, bytes)):
            texts = [value] if oid in self._descriptions or oid[:-1] in self._descriptions else []
            texts += _MODEL.findall(value) if oid in self._strings else []
            self.meet_model(texts)

    def meet_model(self, texts: Iterable[bytes]) -> None:
        """Learn the words of a model."""
        words = {word.lower() for text in texts for word in _WORD.findall(text.decode("utf-8", "ignore"))}
        if len(self._model | words) <= _MOST_OF_MODELS:
            self._model |= words

    def names(self, word: str) -> bool:
        """Whether it stands for a kind of machine, so that it stays in the machine's own name."""
        return word.lower() in self._drivers or word.lower() in self._model

    def shows(self, word: str) -> bool:
        """Whether anybody's display may show it: a word of the trade, or a single digit."""
        lower = word.lower()
        return (len(word) == 1 and word.isdigit()) or lower in TRADE_WORDS or lower in self._drivers

    def are_all(self, text: bytes) -> bool:
        """Whether there is nothing else in `text`, so that to hide it everywhere would cost more than it gains."""
        words = _WORD.findall(text.decode("latin-1"))
        return all(map(self.shows, words))

    def unknown(self, line: bytes, least: int) -> list[bytes]:
        """The other words of `line` of at least so many octets, each by itself and several in a row as one."""
        runs: list[list[str]] = [[]]
        for word in _WORD.findall(line.decode("utf-8", "ignore")):
            if self.shows(word) or self.names(word):
                runs.append([])
            else:
                runs[-1].append(word)
        found = [word.encode() for run in runs for word in (*run, " ".join(run))]
        return [word for word in dict.fromkeys(found) if len(word) >= least]


def words_of(definition: Definition) -> set[str]:
    """The words by which a driver knows machines, supplies and faults, in small letters."""
    texts: Iterator[str] = iter(())
    if isinstance(definition, SnmpDefinition):
        texts = _in_snmp(definition)
    elif isinstance(definition, LineDefinition | ModbusDefinition):
        texts = _in_bytes(definition)
    return {word.lower() for text in texts for word in _LETTERS.findall(_ESCAPE.sub(" ", text))}


def _in_snmp(definition: SnmpDefinition) -> Iterator[str]:
    match, identity = definition.match, definition.identity
    yield from (*match.sysdescr, *match.unless_sysdescr, *identity.model_sysdescr, *identity.firmware_sysdescr)
    yield from (maker.sysdescr or "" for maker in definition.makers)
    yield from (maker.name for maker in definition.makers)
    yield from (rule.pattern for rule in definition.supply_rules)
    yield from (rule.pattern for rule in definition.text_rules)
    rules: list[FaultObject | FaultTable] = [*definition.faults.values(), *definition.fault_tables.values()]
    yield from (word for rule in rules for word in (*rule.codes, *(each.pattern for each in rule.texts)))
    yield from (code for state in definition.state for code in state.codes)


def _in_bytes(definition: LineDefinition | ModbusDefinition) -> Iterator[str]:
    yield definition.identity.maker or ""
    yield from (code for rule in definition.faults.values() for code in rule.codes)
    yield from (code for rule in definition.state for code in rule.codes)
    yield from (rule.pattern or "" for rule in definition.values.values())
    if isinstance(definition, LineDefinition):
        yield from (pattern for exchange in definition.read.values() for pattern in exchange.reply)

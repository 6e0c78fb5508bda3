"""A driver as a page for people: what it asks, how often, what each answer means, and what proves it."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from fleetmon import proof
from fleetmon.catalog import Driver
from fleetmon.cli import line_words
from fleetmon.definition import Definition, LineDefinition, Meaning, ModbusDefinition, SnmpDefinition
from fleetmon.definition.exchange import Exchange, Place
from fleetmon.definition.meanings import LevelRule, Rule, StateRule, SupplyRule, ValueRule
from fleetmon.definition.modbus import Register
from fleetmon.definition.queries import allowed
from fleetmon.definition.snmp_objects import StateObject
from fleetmon.definition.words import written
from fleetmon.errors import DriverError
from fleetmon.model.oid import dotted

_PACES = {
    "fast": "asked at every poll",
    "slow": "asked once a minute",
    "on-change": "asked once a minute, and when another answer changed",
}
_WIDTH = 12


def lines(driver: Driver) -> Iterator[str]:
    """The page, line by line; the driver's README follows it."""
    definition = driver.definition
    yield f"{definition.name}: {definition.title}"
    yield ""
    yield _row("kind", definition.kind.value)
    yield from _proof(driver)
    if isinstance(definition, SnmpDefinition):
        yield from _snmp(definition)
    elif isinstance(definition, LineDefinition):
        yield from _line(definition)
    elif isinstance(definition, ModbusDefinition):
        yield from _modbus(definition)
    yield from _codes(definition)


def _row(head: str, text: str) -> str:
    return f"{head:<{_WIDTH}}{text}"


def _proof(driver: Driver) -> Iterator[str]:
    """How mature, and why one may believe it."""
    try:
        proofs = proof.prove(driver)
    except DriverError as error:
        yield _row("maturity", f"{driver.definition.maturity}; its captures cannot be read: {error}")
        return
    kinds = Counter(each.capture.provenance.value for each in proofs)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none: nothing proves it"
    wrong = sum(bool(each.differences) for each in proofs)
    yield _row("maturity", driver.definition.maturity)
    yield _row("captures", f"{told}{f'; {wrong} of them decode to something else than expected' if wrong else ''}")
    missing = proof.unproven(driver, proofs)
    total = len({each.code for each in driver.definition.mapped() if each.meaning.reason is not None})
    if total:
        yield _row("codes", f"{total} mapped, {total - len(missing)} of them shown by a capture")


def _snmp(definition: SnmpDefinition) -> Iterator[str]:
    match = definition.match
    found = [f"{len(match.sysobjectid)} branches of sysObjectID", f"{len(match.sysdescr)} patterns of sysDescr"]
    yield _row("takes", f"by itself: {', '.join(found)}{', any machine with a Printer-MIB' * match.printer_mib}")
    yield _row("asked", "the Printer-MIB and HOST-RESOURCES tables that exist")
    for pace, words in _PACES.items():
        objects = [(name, dotted(rule.oid)) for name, rule in definition.objects if rule.pace == pace]
        tables = [(name, f"table {dotted(table.entry)}") for name, table in definition.tables if table.pace == pace]
        if objects or tables:
            yield from ("", words.capitalize(), *_columns(objects + tables))
    for rule in definition.state:
        yield from ("", f"State, from {dotted(rule.oid)}", *_columns(_states(rule)))


def _states(rule: StateRule | StateObject) -> list[tuple[str, str]]:
    told = [(code, state.value) for code, state in rule.codes.items()]
    numbered = rule.bit_string if isinstance(rule, StateObject) else {}
    told += [(f"bit {mask}", state.value) for mask, state in {**rule.bits, **numbered}.items()]
    told += [("otherwise", rule.otherwise.value)] if rule.otherwise else []
    return told + ([(", ".join(rule.asleep), "it saves power")] if rule.asleep else [])


def _line(definition: LineDefinition) -> Iterator[str]:
    said = definition.line
    yield _row("line", line_words.line(definition))
    yield _row("answers", line_words.framing(said.framing))
    if said.request_framing:
        yield _row("requests", line_words.framing(said.request_framing))
    if said.unit:
        yield _row("unit", f"{said.unit}, unless the settings name another")
    if said.nack:
        yield _row("refusals", f"begin with {said.nack.start.hex(' ')}, then {line_words.octets(said.nack.length)}")
    if definition.protocol:
        yield _row("allowed", f"by the list of harmless requests of {definition.protocol}")
    for pace, words in _PACES.items():
        chosen = {name: each for name, each in definition.read.items() if each.pace == pace}
        if chosen:
            rows = [row for name, each in chosen.items() for row in _exchange(name, each, definition)]
            yield from ("", words.capitalize(), *_columns(rows))
    yield from _meanings(definition)


def _exchange(name: str, each: Exchange, definition: LineDefinition) -> Iterator[tuple[str, str]]:
    said = definition.line
    end = "" if each.raw else written(said.request_end)
    frames = f", {each.frames} frames" if each.frames > 1 and not each.until else ""
    told = [f"asks {each.ask}{end}{frames}{', may be missing' if each.optional else ''}"]
    told += [f"answered by {line_words.framing(each.framing)}"] if each.framing else []
    told += [f"up to a frame that fits {each.until}, at most {each.frames}"] if each.until else []
    told += [f"{key} is {field}" for key, field in each.pairs.keys.items()] if each.pairs else []
    told += [f"reads {pattern}" for pattern in each.reply]
    told += [f"{field} is {_place(place)}" for field, place in each.layout.items()]
    told += [f"{field} is {pointer}" for field, pointer in each.json_.items()]
    told += [f"fields {', '.join(names)}" for names in each.fields]
    told += [f"tells {', '.join(sorted(each.names))}"] if each.reply else []
    if silence := definition.silence_of(each):
        told += [f"silence means {silence.state.value}: {silence.text} ({silence.manual})"]
    if not allowed(definition.protocol, each.ask, b"" if each.raw else said.request_end):
        told += [f"changes nothing, says {each.read_only}"]
    yield from ((name if number == 0 else "", line) for number, line in enumerate(told))


def _place(place: Place) -> str:
    where = f"octet {place.at}" if place.size == 1 else f"{place.size} octets from {place.at}"
    frame = f" of frame {place.frame}" if place.frame else ""
    form = "" if place.form == "unsigned" else f", {place.form}"
    order = ", least significant first" if place.order == "little" and place.size > 1 else ""
    fixed = f"; of its bits {place.fixed.mask} are always {place.fixed.bits}" if place.fixed else ""
    return f"{where}{frame}{form}{order}{fixed}"


def _value(name: str, rule: ValueRule) -> str:
    """How a value is made of a field."""
    told = [] if rule.sources(name) == (name,) else [f"from {', '.join(rule.sources(name))}"]
    told += [f"the part {rule.pattern}"] if rule.pattern else []
    told += [f"digits of base {rule.base}"] if rule.base else []
    told += [f"the bits {rule.mask}"] if rule.mask else []
    told += [f"times {rule.scale:g}"] if rule.scale != 1 else []
    told += [f"plus {rule.offset:g}"] if rule.offset else []
    told += [f"{', '.join(map(repr, rule.absent))} means nothing is known"] if rule.absent else []
    return "; ".join(told)


def _modbus(definition: ModbusDefinition) -> Iterator[str]:
    said = definition.line
    yield _row("line", line_words.line(definition))
    yield _row(
        "frames", f"Modbus {said.mode.upper()} on a serial line, unit {said.unit} unless the settings say another"
    )
    for pace in ("fast", "slow"):
        chosen = {name: each for name, each in definition.read.items() if each.pace == pace}
        if chosen:
            yield from ("", _PACES[pace].capitalize())
            yield from _columns([(name, _register(each)) for name, each in chosen.items()])
    yield from _meanings(definition)


def _register(each: Register) -> str:
    bit = f", bit {each.bit}" if each.bit is not None else ""
    scale = f", times {each.scale:g}" if each.scale != 1 else ""
    offset = f", plus {each.offset:g}" if each.offset else ""
    form = f", {each.form}" if each.table in ("holding", "input") else ""
    absent = f"; {', '.join(map(str, each.absent))} means no value" if each.absent else ""
    return f"{each.table} {each.address} (0x{each.address:04X}){form}{bit}{scale}{offset}{absent}"


def _meanings(definition: LineDefinition | ModbusDefinition) -> Iterator[str]:
    """What the fields mean, except for faults, and which of them nothing takes."""
    if definition.values:
        yield from ("", "Values", *_columns([(name, _value(name, rule)) for name, rule in definition.values.items()]))
    for rule in definition.state:
        yield from ("", f"State, from {rule.source or 'state'}")
        yield from _columns(_states(rule))
    told = [f"counter {name}: {each.unit.value}{_from(name, each)}" for name, each in definition.counters.items()]
    told += [f"supply {name}: {_level(each)}{_from(name, each)}" for name, each in definition.supplies.items()]
    told += [f"input {name}: {_level(each)}{_from(name, each)}" for name, each in definition.inputs.items()]
    told += [f"heater {name}: {each.measured} against {each.set_point}" for name, each in definition.heaters.items()]
    told += [f"{what}: {field}" for what, field in definition.identity if field]
    told += [f"console: {field}" for field in definition.console]
    if told:
        yield from ("", "Tells", *(f"  {each}" for each in told))
    if idle := [name for name in _read(definition) if name not in definition.taken_fields]:
        yield from ("", f"Read, but nothing takes it: {', '.join(idle)}")


def _from(name: str, rule: Rule) -> str:
    return f", from {rule.source}" if rule.source and rule.source != name else ""


def _level(rule: LevelRule) -> str:
    kind = f"{rule.kind.value}, " if isinstance(rule, SupplyRule) else ""
    return f"{kind}{rule.unit.value}{f' of {rule.capacity}' if rule.capacity else ''}"


def _read(definition: LineDefinition | ModbusDefinition) -> list[str]:
    """The fields that the author named, in the order in which they are read."""
    if isinstance(definition, ModbusDefinition):
        return list(definition.read)
    return list(dict.fromkeys(name for each in definition.read.values() for name in sorted(each.names)))


def _codes(definition: Definition) -> Iterator[str]:
    """Every vendor code with a meaning, under the rule that names it."""
    for rule, group in groupby(definition.mapped(), key=lambda each: each.rule):
        mapped = list(group)
        source = mapped[0].place.partition(" of ")[2]
        yield from ("", f"{'Faults' if rule.startswith('faults') else 'Rows'}, from {source}")
        yield from _columns([(each.code, _meaning(each.meaning)) for each in mapped])


def _columns(rows: list[tuple[str, str]]) -> Iterator[str]:
    width = max([_WIDTH - 2, *(len(left) for left, _ in rows)])
    yield from (f"  {left:<{width}}  {right}" for left, right in rows)


def _meaning(meaning: Meaning) -> str:
    if meaning.reason is None:
        return f"nothing is wrong{f': {meaning.text}' if meaning.text else ''}"
    part = f" at {meaning.part}" if meaning.part else ""
    text = f": {meaning.text}" if meaning.text else ""
    return f"{meaning.reason} ({meaning.severity.value}){part}{text}{f' [{meaning.manual}]' if meaning.manual else ''}"

"""The running text of the reference page, and which models' tables stand where on it."""

from typing import Final, NamedTuple

from pydantic import BaseModel

from fleetmon.definition import exchange, fields, framing, line, meanings, modbus, snmp, snmp_objects
from fleetmon.definition.base import Definition, Maker
from fleetmon.definition.page_keys import KEYS
from fleetmon.definition.page_objects import OBJECTS

SAID: Final = KEYS | OBJECTS
"""What each key means, and what a table in a table is called."""

FORMS: Final = {
    "Line.framing": "a name or a table",
    "Line.request_framing": "a name or a table",
    "Exchange.framing": "a name or a table",
    "Exchange.json": "a table: a word = a JSON Pointer",
    "Exchange.fields": "a list of names, or for several frames a list of such lists",
    "Delimited.end": "octets, or a list of octets",
    "LevelObject.capacity": "a whole number, at least 1, or an OID",
    "LevelRule.capacity": "a whole number, at least 1, or a word",
    "MeansFields.state": "a table, or a list of tables",
    "SnmpDefinition.state": "a table, or a list of tables",
}
"""Forms that a validator widens: what may be written, where the model does not tell."""

OPENING: Final = """\
# The language of drivers

The reference of everything that a `driver.toml` may say. It is generated from the models in
`src/fleetmon/definition/`; change it there and write it anew with
`python -m fleetmon.definition.page > docs/driver-language.md`. How a driver comes about, step by step, is told in
[write-a-driver.md](write-a-driver.md).

A definition says what to *read* and what the answers mean. It cannot write to a machine, execute anything or read a
file. Unknown keys are errors, told with file, line and what to write instead; `fleetmon drivers show` and `fleetmon
drivers test` tell them as well as `fleetmon check`. A broken definition disables its own machines and nothing else.

## How values are written

- **Octets** are written as manuals print them: `"<ESC>T<CR>"`, `"<1B>T<0D>"`. Printable characters stand for
  themselves, all others for their ASCII name or two hexadecimal digits in angle brackets; `<` and `>` themselves are
  `<3C>` and `<3E>`. `<FF>` is the form feed, as its name says; the octet 255 is `<ff>`. A bare name such as `"ENQ"` is
  refused, since it may mean one octet or three letters: write `"<ENQ>"` or `"<45>NQ"`; and so is `"ESC I CR"`.
- **Durations** carry their unit: `"250ms"`, `"2s"`, `"1m"`; from 1 ms to 1 d.
- **Regular expressions** stand in single quotes, so that backslashes need no doubling: `'S(?P<state>\\d)'`. RE2 runs
  them: no look-around, no back-references, and none can freeze a poll. They see one character for each octet.
- **Words** (names of drivers, exchanges, fields) are small letters, digits and `_`, at most 32, a letter first.
- **Codes** are compared as text, as the manual prints them: `"07"` is not `"7"`. A number that was read from binary or
  a register is its decimal digits. `?` stands for any one character and `*` for any number of them; what is written out
  goes before what is not, and two patterns that could both fit one code are refused.
- **Masks** are hexadecimal: `"0x04"`; `"!0x04"` means that the bit is *not* set.
- **OIDs** are numbers with dots, in quotes.

A dash in the column *default* means that the key may be left out; *required* that it may not.
"""


class Section(NamedTuple):
    """A heading with its text and the keys of a model; `extra` names a table that stands before them."""

    heading: str
    text: str = ""
    model: type[BaseModel] | None = None
    keys: tuple[str, ...] = ()
    extra: str = ""
    depth: int = 3


_MEANING_KEYS: Final = "values state faults counters supplies inputs identity heaters console jobs uptime".split()

SECTIONS: Final = (
    Section("Every driver", "At the top of the file:", Definition, depth=2),
    Section(
        "Machines on a line of bytes",
        """Serial ports, RS-485 lines, device servers, TCP sockets: `link = "serial"`. Beside the keys of every driver
        and those of [what fields mean](#what-the-fields-mean):""",
        line.LineDefinition,
        ("protocol", "line", "read"),
        depth=2,
    ),
    Section(
        "`[line]`",
        """A source in the settings may override the setting of the line (`serial.baud` and others); what is said of
        frames it may not.""",
        line.Line,
    ),
    Section(
        "`framing` and `request_framing`",
        """Octets come singly, glued or split, so a frame is found by what stands in it, never by pauses. A name stands
        for one of the usual forms:""",
        extra="framings",
    ),
    Section(
        "`{ start, end }`: delimited", "From start to end, then the checksum and what must follow:", framing.Delimited
    ),
    Section('`{ kind = "fixed" }`', "", framing.Fixed),
    Section('`{ kind = "length-prefixed" }`', "", framing.LengthPrefixed),
    Section('`{ kind = "until-close" }`', "", framing.UntilClose),
    Section('`{ kind = "until-quiet" }`', "", framing.UntilQuiet),
    Section(
        "`check`",
        'The checksum: `check = { kind = "sum", form = "HEX" }`. A frame whose checksum is wrong is no reply.',
        framing.Check,
    ),
    Section("`[line.nack]`", "A machine that refuses a question says so with other octets.", line.Nack),
    Section(
        "`[read.NAME]`",
        """One question, and the fields that its reply holds: exactly one of `reply`, `fields`, `pairs`, `layout`,
        `json`. Where `fields` have several frames they are a list of lists.""",
        exchange.Exchange,
    ),
    Section("`pairs`", "", exchange.Pairs),
    Section(
        "`layout`",
        '`layout = { status = { at = 0 }, left = { at = 5, size = 3, order = "little" } }`',
        exchange.Place,
    ),
    Section(
        "`silence`",
        """For machines that say nothing while they stand still. Said of one question, it counts unless another, which
        must be answered and for which silence has no meaning, is not answered either. Said of the line, it counts while
        nothing at all is answered. Where silence begins, a second question must meet it as well: one lost reply is
        none. Beside a fault that stops the machine, silence is no news.""",
        meanings.SilenceMeaning,
    ),
    Section(
        "Allow-lists",
        """A request that is on the list of its `protocol` needs no page of a manual; all others need `read_only`. What
        could print, move, reset or set anything is on no list.""",
        extra="protocols",
    ),
    Section(
        "Modbus machines",
        """RTU or ASCII on serial lines, or TCP: `link = "modbus"`. Only the four functions that read exist. Beside the
        keys of every driver and those of [what fields mean](#what-the-fields-mean):""",
        modbus.ModbusDefinition,
        ("line", "read"),
        depth=2,
    ),
    Section("`[line]` of Modbus", "", modbus.ModbusLine),
    Section("`[read.NAME]` of Modbus", "One value. Neighbours are read together.", modbus.Register),
    Section(
        "What the fields mean",
        "The same for machines on a line of bytes and Modbus machines.",
        fields.MeansFields,
        tuple(_MEANING_KEYS),
        depth=2,
    ),
    Section("`[values.NAME]`", "How a field is to be read.", meanings.ValueRule),
    Section("`[state]`", "With `[[state]]` several rules: the first that says something wins.", meanings.StateRule),
    Section(
        "`[faults.NAME]`",
        """`[faults]` with a `from` of its own is the only one. A code that is not listed is told as the reason `other`
        with the code kept, and named once in the log; a bit that is not listed likewise.""",
        meanings.FaultRule,
    ),
    Section(
        "Meanings",
        """`D1 = { reason = "door-open", text = "rear door", manual = "p. 24" }`; `"00" = {}` is a code that is known
        to mean nothing.""",
        meanings.Meaning,
    ),
    Section("`[counters.NAME]`", "", meanings.CounterRule),
    Section("`[supplies.NAME]`", "", meanings.SupplyRule),
    Section("`[inputs.NAME]`", "", meanings.LevelRule),
    Section("`[identity]`", "", meanings.IdentityRule),
    Section(
        "`[heaters.NAME]`",
        """For machines with a controller of temperatures. Where the machine says in another field that its heaters are
        off, `mode` and `off` name it: it may be cold on purpose.""",
        meanings.HeaterRule,
    ),
    Section(
        "SNMP machines",
        """`link = "snmp"`. The standard objects (Printer-MIB, HOST-RESOURCES, system) are always read where a machine
        has them; a driver says only what comes on top: private objects and tables, and how the machine is
        recognised.""",
        snmp.SnmpDefinition,
        tuple(key for key in snmp.SnmpDefinition.model_fields if key not in Definition.model_fields),
        depth=2,
    ),
    Section("`[match]`", "", snmp.Match),
    Section("`[[makers]]`", "", Maker),
    Section("`[identity]` of SNMP", "", snmp.IdentityRules),
    Section("`[[supply_rules]]`", "", snmp.SupplyRule),
    Section("`[[text_rules]]` and `texts`", "", meanings.TextRule),
    Section("`[state]` of SNMP", "", snmp_objects.StateObject),
    Section("`[faults.NAME]` of SNMP", "", snmp_objects.FaultObject),
    Section("`[fault_tables.NAME]`", "", snmp_objects.FaultTable),
    Section("`[counters.NAME]` of SNMP", "", snmp_objects.CounterObject),
    Section("`[supplies.NAME]` of SNMP", "", snmp_objects.SupplyObject),
    Section("`[supply_tables.NAME]`", "", snmp_objects.SupplyTable),
    Section("`[inputs.NAME]` of SNMP", "", snmp_objects.LevelObject),
    Section("`[input_tables.NAME]`", "", snmp_objects.LevelTable),
)

"""What a machine consists of, as its sheet says it: plain data, no behaviour.

The words are those of a person standing in front of the machine (a store runs out, a cover opens) beside the numbers
its SNMP agent uses for them. The numbers are taken from the public documents and typed in as numbers on purpose:
nothing here may come from the decoders, or a mistake made once would agree with itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from fleetmon.simulators.model.heater import HeaterParts
from fleetmon.simulators.reading import BadInput, Oid
from fleetmon.simulators.sheets.interfaces import ByteInterface, ModbusInterface
from fleetmon.simulators.snmp.rows import Tag, Version


class Kind(StrEnum):
    """What the machine is for."""

    PRINTER = "printer"
    LAMINATOR = "laminator"


class Role(StrEnum):
    """Which table of RFC 3805 a store is listed in."""

    SUPPLY = "supply"
    INPUT = "input"
    OUTPUT = "output"


class Fill(StrEnum):
    """How a store stands. For an output or a waste box, low and out speak of the room that is left."""

    GOOD = "good"
    LOW = "low"
    OUT = "out"


class Tells(StrEnum):
    """How frank the machine is about a store: the number, only `some` (-3 of -2), or nothing at all (-2 of -2)."""

    EXACT = "exact"
    SOME = "some"
    UNKNOWN = "unknown"


class Activity(StrEnum):
    """What the machine does at one moment."""

    IDLE = "idle"
    WORKING = "working"
    WARMING = "warming"
    ASLEEP = "asleep"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Store:
    """Something that is used up: ink, film, blank booklets, the room in a stacker or a waste box.

    `capacity`, `start` and `low` are in the unit the machine reports; `use` is taken per document and `waste` is the
    mean share taken on top. `refill_after` is how many seconds an operator takes to notice and refill; 0 means nobody
    comes.
    """

    name: str
    role: Role
    index: int
    description: str
    type: int
    unit: int
    category: int
    colour: str
    capacity: float
    start: float
    low: float
    use: float
    waste: float
    refill_after: float
    tells: Tells
    step: float


@dataclass(frozen=True, slots=True)
class AlertRow:
    """The numbers of a row in the alert table, prtAlertEntry of RFC 3805; `text` is the row's description."""

    severity: int
    training: int
    group: int
    part: int
    location: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What raises a fault by itself: a store that stands so, or the machine doing so (exactly one of the two)."""

    store: str = ""
    fill: Fill = Fill.GOOD
    activity: Activity | None = None
    boot: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the machine says of itself: faults, warnings and mere state texts alike.

    `bits` are those of hrPrinterDetectedErrorState, `flag` is or-ed into the vendor's own bit mask, `stops` says
    whether production stops, `source` names the document each number was taken from. `says` is how it shows in the
    protocols that are not SNMP, in words their speakers know.
    """

    name: str
    text: str
    source: str
    rows: tuple[AlertRow, ...]
    bits: tuple[int, ...]
    flag: int
    stops: bool
    when: Trigger | None
    says: dict[str, int | str] = field(default_factory=dict)

    def number(self, word: str) -> int:
        """The number it is said with; 0 if it has none of that name."""
        said = self.says.get(word, 0)
        return said if isinstance(said, int) else 0

    def text_of(self, word: str) -> str:
        """The text it is said with; empty if it has none of that name."""
        said = self.says.get(word, "")
        return said if isinstance(said, str) else ""


@dataclass(frozen=True, slots=True)
class Device:
    """A row of hrDeviceTable; exactly one is the printer itself."""

    index: int
    type: Oid
    description: str


@dataclass(frozen=True, slots=True)
class Marker:
    """prtMarkerEntry: `counts` units of lifeCount per document, `life` documents made before the simulation began."""

    technology: int
    unit: int
    counts: int
    life: int


@dataclass(frozen=True, slots=True)
class MediaPath:
    """prtMediaPathEntry: its rated speed, in the unit of PrtMediaPathMaxSpeedPrintUnitTC."""

    description: str
    speed: int
    unit: int


@dataclass(frozen=True, slots=True)
class Finisher:
    """finDeviceEntry of RFC 3806: something that works on documents after they were marked; type is FinDeviceTypeTC."""

    description: str
    type: int


@dataclass(frozen=True, slots=True)
class Console:
    """The display; `padded` fills its lines with blanks. `words` are its texts while nothing is wrong."""

    lines: int
    width: int
    padded: bool
    words: dict[Activity, str]


@dataclass(frozen=True, slots=True)
class Live:
    """An object of the vendor's own: a value, another one while a named fault stands, or a number of the machine's."""

    name: Oid
    tag: Tag
    value: int | bytes | Oid | None
    faults: tuple[str, ...]
    during: int | bytes | Oid | None
    number: str
    scale: float
    form: str


@dataclass(frozen=True, slots=True)
class VendorAlerts:
    """An alert table under a vendor's number; `columns` says which field each column holds, in order from 1."""

    entry: Oid
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """How the machine's SNMP agent behaves. `statuses` are (hrDeviceStatus, hrPrinterStatus) for each activity."""

    versions: tuple[Version, ...]
    communities: tuple[str, ...]
    description: str
    object_id: Oid
    sys_name: str
    location: str
    printer_mib: bool
    error_octets: int
    warned_status: int
    statuses: dict[Activity, tuple[int, int]]
    counts_alerts: bool
    first_alert: int
    character_set: int
    leaves_out: tuple[Oid, ...]
    finishers: tuple[Finisher, ...]
    objects: tuple[Live, ...]
    vendor_alerts: VendorAlerts | None


@dataclass(frozen=True, slots=True)
class User:
    """An SNMP version 3 user, authenticated with SHA-1 and encrypted with AES-128; keys of at least 8 characters."""

    name: str
    auth_key: str
    priv_key: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One model of machine. Times are in seconds. It has at least one of `snmp`, `speaks` and `modbus`."""

    name: str
    title: str
    kind: Kind
    serial: str
    cycle: float
    warm_up: float
    boot_time: float
    sleep_after: float
    uptime: float
    stores: dict[str, Store]
    faults: dict[str, Fault]
    devices: tuple[Device, ...]
    covers: tuple[str, ...]
    markers: tuple[Marker, ...]
    paths: tuple[MediaPath, ...]
    console: Console
    snmp: Agent | None
    speaks: ByteInterface | None
    modbus: ModbusInterface | None
    heater: HeaterParts | None

    @property
    def agent(self) -> Agent:
        """Its SNMP agent. Raises BadInput where it has none."""
        if self.snmp is None:
            raise BadInput(f"{self.name} does not speak SNMP")
        return self.snmp

    @property
    def first_alert(self) -> int:
        """The number of the first row its alert table ever had."""
        return self.snmp.first_alert if self.snmp else 1

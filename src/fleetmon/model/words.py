"""The enumerations of the published vocabulary.

One word means one thing in the code, the documents, the MQTT payloads and the simulators' ground truth. The words are
the field's own (RFC 8011 printer-state, RFC 3805 Printer-MIB units); where a document shows a table of them, it is
generated from here.
"""

from enum import StrEnum


class MachineKind(StrEnum):
    """What a machine is for."""

    PRINTER = "printer"
    LAMINATOR = "laminator"
    PERSONALISER = "personaliser"
    INSPECTOR = "inspector"
    OTHER = "other"


class State(StrEnum):
    """What the machine says of itself (RFC 8011 section 5.4.11 printer-state, plus honesty)."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class WorkSign(StrEnum):
    """What shows that work waits for a machine, the surest first: an issuing system's word, the machine's own on jobs
    that it has, documents between two stages of a line, a machine that says it works, others at the site that go on
    making, what is usual at this hour."""

    QUEUE = "queue"
    JOBS = "jobs"
    IN_PROCESS = "in-process"
    BUSY = "busy"
    PEERS = "peers"
    USUAL = "usual"


class Contact(StrEnum):
    """What we know of the line to a machine: a separate axis, never a State."""

    AWAITED = "awaited"
    LIVE = "live"
    STALE = "stale"
    LOST = "lost"


class Silence(StrEnum):
    """Why a poll brought no report."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    BUSY = "busy"
    PORT_GONE = "port-gone"
    GARBLED = "garbled"
    UNAUTHORISED = "unauthorised"
    DRIVER_BUG = "driver-bug"


class Severity(StrEnum):
    """RFC 8011 section 5.4.12: error stops some work, warning asks for attention soon, report has no effect yet."""

    ERROR = "error"
    WARNING = "warning"
    REPORT = "report"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _SEVERITY_RANK[self]


_SEVERITY_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.REPORT: 2}


class ReasonClass(StrEnum):
    """Every reason belongs to one class; headlines and alert conditions key on it. Order = order of headlines."""

    COVER = "cover"
    JAM = "jam"
    OVER_TEMPERATURE = "over-temperature"
    TEMPERATURE = "temperature"
    SUPPLY_EMPTY = "supply-empty"
    MEDIA_EMPTY = "media-empty"
    OUTPUT_FULL = "output-full"
    OFFLINE = "offline"
    HARDWARE = "hardware"
    SERVICE = "service"
    PAUSED = "paused"
    WARMING = "warming"
    SUPPLY_LOW = "supply-low"
    MEDIA_LOW = "media-low"
    OTHER = "other"


class Actor(StrEnum):
    """Who must act on a fault."""

    OPERATOR = "operator"
    ENGINEER = "engineer"
    TECHNICIAN = "technician"
    MANAGER = "manager"


class Quality(StrEnum):
    """How much a level says (RFC 3805 prtMarkerSuppliesLevel)."""

    EXACT = "exact"
    STEP = "step"
    SOME = "some"
    UNLIMITED = "unlimited"
    UNKNOWN = "unknown"


class SupplyKind(StrEnum):
    """What a supply is, for the person who must order it."""

    LAMINATE = "laminate"
    HOLOGRAM_FOIL = "hologram-foil"
    TRANSFER_FILM = "transfer-film"
    RIBBON = "ribbon"
    INK = "ink"
    TONER = "toner"
    BLANK_MEDIA = "blank-media"
    WASTE = "waste"
    PART_LIFE = "part-life"
    OTHER = "other"


class SupplyClass(StrEnum):
    """Consumed: the level is what is left. Filled: a receptacle, the level is the room left (RFC 3805)."""

    CONSUMED = "consumed"
    FILLED = "filled"
    OTHER = "other"


class Activity(StrEnum):
    """What a machine is doing, as we see it: what it says of itself, what it makes, and the office's hours together.

    Held is an inner need that an operator can meet, faulted an own fault; starved and blocked lie with a neighbour (the
    split of PackML, ANSI/ISA-TR88.00.02).
    """

    PRODUCING = "producing"
    IDLE = "idle"
    STARVED = "starved"
    BLOCKED = "blocked"
    HELD = "held"
    FAULTED = "faulted"
    STALLED = "stalled"
    WARMING_UP = "warming-up"
    CLEANING = "cleaning"
    PLANNED_OFF = "planned-off"
    UNKNOWN = "unknown"


class LineState(StrEnum):
    """What a production line is doing. Degraded: documents come out, but some machine stands that should not."""

    PRODUCING = "producing"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    IDLE = "idle"
    PLANNED_OFF = "planned-off"
    UNKNOWN = "unknown"


class Unit(StrEnum):
    """Units as the Printer-MIB spells them (RFC 3805 PrtMarkerSuppliesSupplyUnitTC, PrtCapacityUnitTC,
    PrtMarkerCounterUnitTC; `hundrethsOfFluidOunces` is the MIB's own spelling), and documents, which are ours."""

    OTHER = "other"
    UNKNOWN = "unknown"
    TEN_THOUSANDTHS_OF_INCHES = "tenThousandthsOfInches"
    MICROMETERS = "micrometers"
    CHARACTERS = "characters"
    LINES = "lines"
    IMPRESSIONS = "impressions"
    SHEETS = "sheets"
    DOT_ROW = "dotRow"
    HOURS = "hours"
    THOUSANDTHS_OF_OUNCES = "thousandthsOfOunces"
    TENTHS_OF_GRAMS = "tenthsOfGrams"
    HUNDRETHS_OF_FLUID_OUNCES = "hundrethsOfFluidOunces"
    TENTHS_OF_MILLILITERS = "tenthsOfMilliliters"
    FEET = "feet"
    METERS = "meters"
    ITEMS = "items"
    PERCENT = "percent"
    CENTIMETERS = "centimeters"
    DOCUMENTS = "documents"
    LABELS = "labels"

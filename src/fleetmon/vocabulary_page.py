"""Renders docs/vocabulary.md from the enums and the reason registry, so that page and code cannot disagree.

`python -m fleetmon.vocabulary_page > docs/vocabulary.md` writes it anew; a test keeps the committed page equal. What a
word means to a reader is said here, once per member: a new member without words fails with its name.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from textwrap import fill
from typing import TypeVar

from fleetmon.model.words import (
    Activity,
    Actor,
    Contact,
    LineState,
    MachineKind,
    Quality,
    ReasonClass,
    Severity,
    Silence,
    State,
    SupplyClass,
    SupplyKind,
    Unit,
)
from fleetmon.vocabulary import FINISHER_CONDITIONS, FINISHERS, REASONS, Reason
from fleetmon.vocabulary_activities import ACTIVITIES, ELSEWHERE, ELSEWHERE_NOTES, LINE_STATES, NOTES

_STATES = {
    State.IDLE: "able to work, nothing in work (IPP printer-state 3)",
    State.PROCESSING: "working, or warming up to work (IPP 4)",
    State.STOPPED: "cannot produce until somebody acts; the faults say why (IPP 5)",
    State.UNKNOWN: "it answers, but does not say, or what it says cannot be understood",
}
_CONTACTS = {
    Contact.AWAITED: "not heard yet since start",
    Contact.LIVE: "the last poll was answered",
    Contact.STALE: "a poll failed, within tolerance; the last values stay, marked with their age",
    Contact.LOST: "three polls in a row and at least 60 s without an answer; the state counts as unknown",
}
_SILENCES = {
    Silence.TIMEOUT: "no answer within the deadline",
    Silence.REFUSED: "the machine or its network refused the connection",
    Silence.BUSY: "somebody else holds the line (a port that serves one client)",
    Silence.PORT_GONE: "the serial port or its adapter has disappeared",
    Silence.GARBLED: "something answered, but not in its protocol",
    Silence.UNAUTHORISED: "the machine did not accept our credentials",
    Silence.DRIVER_BUG: "the driver failed; only this source is suspended",
}
_SEVERITIES = {
    Severity.ERROR: "stops some work until it is fixed",
    Severity.WARNING: "still producing; act soon",
    Severity.REPORT: "worth knowing; no effect on production yet",
}
_ACTORS = {
    Actor.OPERATOR: "the person at the machine (prtAlertTrainingLevel untrained)",
    Actor.ENGINEER: "the site's engineer (trained)",
    Actor.TECHNICIAN: "the vendor's service (fieldService)",
    Actor.MANAGER: "whoever decides on the site's set-up (management)",
}
_KINDS = {
    MachineKind.PRINTER: "prints the data page",
    MachineKind.LAMINATOR: "puts film or foil on it",
    MachineKind.PERSONALISER: "engraves, perforates or encodes",
    MachineKind.INSPECTOR: "checks the result",
    MachineKind.OTHER: "anything else on the line",
}
_QUALITIES = {
    Quality.EXACT: "a level in its unit, or a percentage",
    Quality.STEP: "a level that only moves in coarse steps; needs history to be recognised",
    Quality.SOME: "some is left, nobody knows how much (Printer-MIB -3); no percentage",
    Quality.UNLIMITED: "there is no limit (-1); no percentage",
    Quality.UNKNOWN: "the machine does not know (-2) or says nothing usable; no percentage",
}
_SUPPLIES = {
    SupplyKind.LAMINATE: "laminating film",
    SupplyKind.HOLOGRAM_FOIL: "film or patches with a security feature",
    SupplyKind.TRANSFER_FILM: "carrier that takes the print before it goes onto the document",
    SupplyKind.RIBBON: "ink ribbon, wax ribbon",
    SupplyKind.INK: "ink, in cartridges or tanks, or solid",
    SupplyKind.TONER: "toner",
    SupplyKind.BLANK_MEDIA: "blank booklets, cards, pages",
    SupplyKind.WASTE: "a receptacle for waste",
    SupplyKind.PART_LIFE: "what is left of the life of a part: drum, fuser, transfer or cleaning unit",
    SupplyKind.OTHER: "anything else",
}
_SUPPLY_CLASSES = {
    SupplyClass.CONSUMED: "the level is what is left",
    SupplyClass.FILLED: "a receptacle: the level is the room left",
    SupplyClass.OTHER: "the machine does not say which",
}
_CLASSES = {
    ReasonClass.COVER: "a cover, door or interlock is open",
    ReasonClass.JAM: "a document is stuck, or was not picked up",
    ReasonClass.OVER_TEMPERATURE: "something is too hot",
    ReasonClass.TEMPERATURE: "the heat is wrong otherwise: too cold, or the heater has failed",
    ReasonClass.SUPPLY_EMPTY: "no usable supply: it is empty, missing, torn or the wrong one, or its waste has no room",
    ReasonClass.MEDIA_EMPTY: "no usable blanks: none left, their tray is missing, or they do not fit the job",
    ReasonClass.OUTPUT_FULL: "no room for what comes out: full, or the tray is missing",
    ReasonClass.OFFLINE: "the machine or a unit of it is switched off, or taken off the line",
    ReasonClass.HARDWARE: "a unit has failed or is not there",
    ReasonClass.SERVICE: "a part is at or near the end of its life, or the machine asks for service",
    ReasonClass.PAUSED: "somebody told it to wait",
    ReasonClass.WARMING: "on the way to its working temperature; passes by itself",
    ReasonClass.SUPPLY_LOW: "a supply, or the room left in a receptacle or output, is running low",
    ReasonClass.MEDIA_LOW: "blanks are running low",
    ReasonClass.OTHER: "no need behind it: events, changes, sleep, unknown codes, and what does not make passports",
}
_EXTENSION = {
    "laminator-supply-low": "film near its end",
    "laminator-supply-almost-empty": "film nearer its end",
    "laminator-supply-empty": "film ended",
    "laminator-supply-missing": "no film fitted",
    "laminator-supply-failure": "film torn, stuck, or out of register",
    "laminator-supply-unsupported": "wrong or unknown film",
    "laminator-heater-failure": "heater burnt out or without current",
    "laminator-cutter-failure": "the cutter for patches stalls",
    "laminator-output-full": "exit hopper full",
    "offline": "the machine itself says that it is off-line",
    "service-needed": "it asks for service without saying why",
    "maintenance-overdue": "preventive maintenance is overdue",
    "power-supply-failure": "supply voltage out of range",
    "encoder-failure": "chip or magnetic encoder failed",
    "reject-area-full": "reject bin full",
    "media-unsupported": "wrong blanks",
    "marker-supply-unsupported": "wrong or unknown ribbon or ink",
}

Word = TypeVar("Word", bound=StrEnum)

_FAMILIES = (*FINISHERS, "laminator")
_FAMILY = "<finisher>"


def render() -> str:
    """The whole page, in Markdown."""
    words = [
        _section("States: what the machine says of itself", "state", State, _STATES),
        _section("Contact: what we know of the line to it", "contact", Contact, _CONTACTS),
        _section("Silence: why a poll brought no report", "silence", Silence, _SILENCES),
        _section("Severities", "severity", Severity, _SEVERITIES),
        _section("Actors: who must act", "actor", Actor, _ACTORS),
        _section("Kinds of machines", "kind", MachineKind, _KINDS),
        _section("Supply kinds", "kind", SupplyKind, _SUPPLIES),
        _section("Supply classes", "class", SupplyClass, _SUPPLY_CLASSES),
        _section("Qualities of a level", "quality", Quality, _QUALITIES),
    ]
    return "\n".join([_OPENING, *words, *_activities(), _units(), _REASONS, _finishers(), *_classes(), _extension()])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _section(title: str, head: str, words: type[Word], meanings: Mapping[Word, str]) -> str:
    return f"## {title}\n\n" + _table((head, "meaning"), [(f"`{word}`", meanings[word]) for word in words])


def _paragraph(text: str) -> str:
    return fill(text, 120, break_on_hyphens=False) + "\n"


def _activities() -> Iterator[str]:
    yield _section("Activities: what we see a machine do", "activity", Activity, ACTIVITIES) + "\n" + _paragraph(NOTES)
    rows = [(f"`{activity}`", *ELSEWHERE[activity]) for activity in Activity]
    table = _table(("activity", "PackML", "SEMI E10", "OPC UA for Machinery"), rows)
    yield "## Activities in other words\n\n" + _paragraph(ELSEWHERE_NOTES) + "\n" + table
    yield _section("Lines: what we see a line do", "state", LineState, LINE_STATES)


def _units() -> str:
    listed = ", ".join(f"`{unit}`" for unit in Unit)
    return "## Units\n\n" + _paragraph(f"{_UNITS} {listed}.")


def _finishers() -> str:
    listed = ", ".join(f"`{finisher}`" for finisher in FINISHERS)
    return _paragraph(f"`{_FAMILY}` stands for each of the registered finishers ({listed}) and for `laminator` †.")


def _classes() -> Iterator[str]:
    for reason_class in ReasonClass:
        rows = _rows([reason for reason in REASONS.values() if reason.reason_class is reason_class])
        heading = f"### `{reason_class}`\n\n{_CLASSES[reason_class].capitalize()}.\n\n"
        yield heading + _table(("severity", "reasons"), rows)


def _rows(reasons: list[Reason]) -> Iterator[tuple[str, str]]:
    for severity in Severity:
        words = [reason.keyword for reason in reasons if reason.severity is severity]
        if words:
            yield severity, ", ".join(f"`{word}`{_mark(word)}" for word in _families_as_one(words))


def _mark(word: str) -> str:
    return " †" if word in REASONS and REASONS[word].extension else ""


def _families_as_one(words: list[str]) -> list[str]:
    """One word for a condition that all families share, in place of their 18; `words` have one class and severity."""
    shared = [each for each in FINISHER_CONDITIONS if all(f"{family}-{each}" in words for family in _FAMILIES)]
    gathered = {f"{family}-{each}" for each in shared for family in _FAMILIES}
    return [word for word in words if word not in gathered] + [f"{_FAMILY}-{each}" for each in shared]


def _extension() -> str:
    conditions = {f"laminator-{condition}" for condition in FINISHER_CONDITIONS}
    own = [reason for reason in REASONS.values() if reason.extension and reason.keyword not in conditions]
    rows = [(f"`{each.keyword}`", each.reason_class, each.severity, _EXTENSION[each.keyword]) for each in own]
    return _LAMINATION + "\n" + _table(("reason", "class", "severity", "says"), rows)


_OPENING = """\
# Vocabulary

The words fleetmon publishes, logs and tests with. Generated from the code: change it there, then write this page anew
with `python -m fleetmon.vocabulary_page > docs/vocabulary.md`.
"""

_UNITS = """\
Every number has a unit, spelt as the Printer-MIB spells it (RFC 3805; `hundrethsOfFluidOunces` is its own spelling),
and `documents` and others that the MIB lacks. Absent numbers are null, never 0."""

_REASONS = """\
## Reasons: what is wrong

A fault carries a *reason*: a keyword of the IANA registry of IPP printer-state-reasons (RFC 8011 section 5.4.12, PWG
5100.9), always without its severity suffix, or one of our extension, marked †. Its identity is reason and part. A
suffix is stripped only where the whole is no reason and the rest is one: 23 registered keywords end in `-error`.

The severity is the machine's own. The one given here is the default where it does not say; the bits of
hrPrinterDetectedErrorState have milder ones of their own, because a bit does not say which tray it speaks of.

Every reason belongs to one class, and a class stands for one need, so that headlines and alerts can key on it. The
classes follow in the order of headlines: where one reason must stand for all, an error beats a warning and a warning a
report, then the earlier class wins. Some choices that are not obvious:

- A waste receptacle is a supply of room, as RFC 3805 has it: full is `supply-empty`, nearly full is `supply-low`. An
  output that is *nearly* full stops nothing and is `supply-low` too; only a full or missing one is `output-full`.
- A supply that is missing, torn or unsupported needs the same hand as an empty one: `supply-empty`. The same holds for
  blanks and their tray: `media-empty`.
- The drum (`opc-...`) is ordered and replaced like toner; the end of life of every other part is `service`.
- A heater that fails is `temperature`, early in headlines; a thermistor or motor that fails is `hardware`.
- Power saving is `other`: a machine that sleeps is neither paused nor switched off.
- What a fax modem says never stops a passport: `other`.
"""

_LAMINATION = """\
## Extension: lamination and a few gaps

The registry has no word for a laminator. Its own rule is `<sub-unit>-<condition>`, so the family is `laminator-` with
the same 36 conditions every finisher has, and nine of its own. Eight words outside the family fill gaps that machines
do report. Each is flagged as an extension, so that an exporter can prefix it.
"""

if __name__ == "__main__":
    sys.stdout.write(render())

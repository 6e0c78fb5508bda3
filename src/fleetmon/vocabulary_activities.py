"""What the words for activities and lines mean, and what other standards call the same, for the vocabulary's page.

The split is PackML's (ANSI/ISA-TR88.00.02): what lies within a machine is held, what lies with its neighbours is
suspended. Two axes of OPC UA for Machinery (OPC 40001-1) stand side by side, state and mode, because it says only in
both together what SEMI E10 says in one word (its annex C). Where a standard has no word, the table says so.
"""

from typing import Final, NamedTuple

from fleetmon.model.words import Activity, LineState


class Elsewhere(NamedTuple):
    """The same activity as PackML, SEMI E10, and OPC 40001-1 (MachineryItemState, MachineryOperationMode) name it."""

    packml: str
    e10: str
    opc: str


ACTIVITIES: Final = {
    Activity.PRODUCING: "documents are made: the count moves, or the machine says that it works and has no count",
    Activity.IDLE: "able to work, and nothing to do, as far as anybody can see",
    Activity.STARVED: "able to work, but a stage upstream stands and nothing comes",
    Activity.BLOCKED: "able to work, but a stage downstream stands and there is no room",
    Activity.HELD: "stands for something an operator does in passing: film, blanks, a cover, a full output, a pause",
    Activity.FAULTED: "stands with a fault of its own: jam, heat, a unit that failed, or a stop without any reason",
    Activity.STALLED: "work waits, and it makes nothing for longer than it may, with no reason told",
    Activity.WARMING_UP: "on the way to its working temperature, or starting",
    Activity.CLEANING: "cleans or adjusts itself",
    Activity.PLANNED_OFF: "stands because it should: a break, no shift, a planned stop",
    Activity.UNKNOWN: "not heard, or it does not say; never counted as up or down",
}
ELSEWHERE: Final = {
    Activity.PRODUCING: Elsewhere("Execute", "productive", "Executing, Processing"),
    Activity.IDLE: Elsewhere("Idle", "standby", "NotExecuting, Processing"),
    Activity.STARVED: Elsewhere("Suspended", "standby", "NotExecuting, Processing"),
    Activity.BLOCKED: Elsewhere("Suspended", "standby", "NotExecuting, Processing"),
    Activity.HELD: Elsewhere("Held", "unscheduled down", "OutOfService, Processing"),
    Activity.FAULTED: Elsewhere("Aborted", "unscheduled down", "OutOfService, Processing"),
    Activity.STALLED: Elsewhere("Execute, without a count", "unscheduled down", "OutOfService, Processing"),
    Activity.WARMING_UP: Elsewhere("Starting", "scheduled down", "NotExecuting, Setup"),
    Activity.CLEANING: Elsewhere("Held", "scheduled down", "OutOfService, Maintenance"),
    Activity.PLANNED_OFF: Elsewhere("Stopped", "nonscheduled", "NotAvailable, None"),
    Activity.UNKNOWN: Elsewhere("no word", "no word", "NotAvailable, None"),
}
LINE_STATES: Final = {
    LineState.PRODUCING: "documents come out, or are on their way and nobody stands",
    LineState.DEGRADED: "the same, but some machine stands by itself that should not",
    LineState.STOPPED: "nothing comes out, and some stage has no machine left that can work",
    LineState.IDLE: "nothing comes out, and nobody has anything to do",
    LineState.PLANNED_OFF: "nothing comes out, and nothing should",
    LineState.UNKNOWN: "nothing is seen to come out, and a stage that decides is not heard",
}

NOTES: Final = """\
What a machine does is ours to say, from its words, its count and the office's hours, in this order: a machine that is
not heard is unknown; a planned stop is planned; its own trouble goes before the hour, so that a jam at five to twelve
is a jam at noon; then what it does to itself, what it makes, and whether anybody should be there. A machine that rests
for less than a minute between two documents produces. `held` and `faulted` carry the reason that came first; a machine
that waits carries the reason of whoever it waits for."""

ELSEWHERE_NOTES: Final = """\
For whoever has to fill in another system's form. PackML is ANSI/ISA-TR88.00.02; SEMI E10 has one word where OPC UA for
Machinery (OPC 40001-1) has two, MachineryItemState and MachineryOperationMode. These are the nearest words, not the
same ones: E10 counts a roll changed on schedule as scheduled down and a planned stop within working hours likewise, and
fleetmon does not know which of the two a roll or a stop was."""

"""When a definition's own objects and tables are read: no oftener than it says, and never too late."""

from typing import Any

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, oid
from fleetmon.decode.snmp import Met, Pace, meet, poll
from fleetmon.definition import SnmpDefinition
from fleetmon.links.walk_file import WalkFile

from .hearing import at_once
from .test_declared import VENDOR, definition
from .walks import changed, link

STATE, LEVEL, CAPACITY, ROOM, DISPLAY, MADE = (f"{VENDOR}.{n}.0" for n in range(1, 7))
ALARMS, FILMS = f"{VENDOR}.8.1", f"{VENDOR}.9.1"
FILM_COLUMNS = [oid(f"{FILMS}.3"), oid(f"{FILMS}.4")]
WALK = link(
    "1.1.0|4|Acme",
    "1.3.0|67|100",
    *(f"{name}|2|1" for name in (STATE, LEVEL, ROOM, MADE)),
    f"{CAPACITY}|2|10",
    f"{DISPLAY}|4|READY",
    f"{FILMS}.3.1|4|Film\n{FILMS}.4.1|2|77\n{FILMS}.5.1|4|of no interest",
)


def driver(**paces: str) -> SnmpDefinition:
    """A driver with everything that has a pace, of which these are not the usual ones."""

    def paced(name: str) -> dict[str, Any]:
        return {"pace": paces[name]} if name in paces else {}

    alarm = {"entry": ALARMS, "columns": [2], "codes": {"7": {"reason": "laminator-jam"}}}
    films = {"entry": FILMS, "level_column": 4, "description_column": 3, "kind": "laminate", "unit": "percent"}
    return definition(
        state={"oid": STATE, "codes": {"1": "idle", "2": "processing", "3": "stopped"}} | paced("state"),
        supplies={"film": {"oid": LEVEL, "kind": "laminate", "capacity": CAPACITY} | paced("supplies")},
        inputs={"feeder": {"oid": ROOM} | paced("inputs")},
        counters={"made": {"oid": MADE, "unit": "documents"} | paced("counters")},
        console=[DISPLAY],
        fault_tables={"alarms": alarm | paced("fault_tables")},
        supply_tables={"films": films | paced("supply_tables")},
    )


def asked(known: Met, walk: WalkFile, pace: Pace) -> tuple[set[Oid], list[Oid], Met]:
    """The objects that one poll reads, what it walks, and what is known then."""
    requests: list[Request] = []

    def keep(request: Request, reply: Reply) -> None:
        requests.append(request)

    then = at_once(converse(poll(lambda objects: known.definition, known, pace), walk, keep))
    read = {name for request in requests if isinstance(request, Get) for name in request.oids}
    own = [each.root for each in requests if not isinstance(each, Get) and each.root[:7] == oid(VENDOR)]
    return read, own, then


def met(own: SnmpDefinition) -> Met:
    """The machine, met."""
    return at_once(converse(meet(lambda objects: own), WALK))


FAST = {oid("1.3.6.1.2.1.1.3.0"), oid(STATE), oid(MADE)}
SLOW = {oid(LEVEL), oid(CAPACITY), oid(ROOM), oid(DISPLAY)}


def test_the_usual_paces() -> None:
    """States and counts quickly, levels and texts slowly; a table of faults as soon as anything moved."""
    known = met(driver())
    assert asked(known, WALK, Pace.FAST)[:2] == (FAST, [])
    assert asked(known, WALK, Pace.SLOW)[:2] == (FAST | SLOW, [oid(ALARMS), FILM_COLUMNS[1], FILM_COLUMNS[0]])
    assert asked(known, changed(WALK, f"{STATE}|2|2"), Pace.FAST)[:2] == (FAST, [oid(ALARMS)])
    assert asked(known, changed(WALK, f"{MADE}|2|2"), Pace.FAST)[:2] == (FAST, [])


def test_new_faults_bring_the_levels_with_them() -> None:
    """An alarm that came is a reason to look at the levels at once, objects and tables alike."""
    jammed = changed(WALK, f"{STATE}|2|3\n{ALARMS}.2.1|2|7\n{LEVEL}|2|0\n{FILMS}.4.1|2|5")
    read, walked, then = asked(met(driver()), jammed, Pace.FAST)
    assert (read, walked) == (FAST | SLOW, [oid(ALARMS), FILM_COLUMNS[1], FILM_COLUMNS[0]])
    assert [supply.level.level for supply in then.report.supplies] == [0, 5]
    assert [fault.reason for fault in then.report.faults] == ["laminator-jam"]


def test_a_table_that_nothing_announces_is_walked_in_each_poll() -> None:
    """With pace = "fast" its rows are seen at once; while nothing moves, nothing is decoded again."""
    known = met(driver(fault_tables="fast"))
    read, walked, then = asked(known, WALK, Pace.FAST)
    assert (read, walked, then.still) == (FAST, [oid(ALARMS)], True)
    assert then.report.supplies is known.report.supplies
    read, walked, then = asked(known, changed(WALK, f"{ALARMS}.2.1|2|7"), Pace.FAST)
    assert [fault.reason for fault in then.report.faults] == ["laminator-jam"]
    assert [fault.reason for fault in asked(then, WALK, Pace.FAST)[2].report.faults] == []


def test_a_table_of_faults_may_be_slow() -> None:
    """For machines that take long to tell it: not even when the state moved."""
    known = met(driver(fault_tables="slow"))
    stopped = changed(WALK, f"{STATE}|2|3\n{ALARMS}.2.1|2|7")
    assert asked(known, stopped, Pace.FAST)[1] == []
    assert asked(known, stopped, Pace.SLOW)[2].report.faults[0].reason == "laminator-jam"


@pytest.mark.parametrize(
    ("name", "objects"), [("supplies", {oid(LEVEL), oid(CAPACITY)}), ("inputs", {oid(ROOM)}), ("counters", {oid(MADE)})]
)
@pytest.mark.parametrize("pace", ["fast", "slow", "on-change"])
def test_every_object_may_have_its_own_pace(name: str, objects: set[Oid], pace: str) -> None:
    """Read in each poll, in slow ones only, or as soon as something moved."""
    known = met(driver(**{name: pace}))
    assert (objects <= asked(known, WALK, Pace.FAST)[0]) == (pace == "fast")
    assert objects <= asked(known, WALK, Pace.SLOW)[0]
    assert (objects <= asked(known, changed(WALK, f"{STATE}|2|2"), Pace.FAST)[0]) == (pace != "slow")


def test_a_table_of_levels_may_be_fast() -> None:
    """Column by column, only those that are read."""
    known = met(driver(supply_tables="fast"))
    _, walked, then = asked(known, changed(WALK, f"{FILMS}.4.1|2|5"), Pace.FAST)
    assert walked[:2] == [FILM_COLUMNS[1], FILM_COLUMNS[0]]
    assert then.report.supplies[1].level.level == 5


def test_a_count_that_is_also_a_state_is_not_taken_for_a_count() -> None:
    """Its moving means more than work done."""
    both = definition(
        state={"oid": MADE, "codes": {"1": "idle", "2": "processing"}},
        counters={"made": {"oid": MADE, "unit": "documents"}},
    )
    then = asked(met(both), changed(WALK, f"{MADE}|2|2"), Pace.FAST)[2]
    assert (then.report.state.value, then.report.counters[0].total) == ("processing", 2)

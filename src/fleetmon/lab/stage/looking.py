"""Taking a picture of the plant: its lines, machines, people and what stands still, at one moment of its own clock."""

from collections.abc import Iterator
from typing import Final

from fleetmon.lab.stage.asked import asked
from fleetmon.lab.stage.lines import Lines
from fleetmon.lab.stage.picture import Box, Buffer, LinePicture, Picture, Standstill
from fleetmon.lab.stage.settings_page import LineSeats, Page, Seat, settings_text
from fleetmon.lab.stage.story import Story
from fleetmon.lab.stage.wiring import OfficeClock, Urls
from fleetmon.simulators.model.commands import Do
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.plant.plant import Plant
from fleetmon.simulators.plant.states import CALENDAR, DEMAND
from fleetmon.simulators.plant.truth import Stop
from fleetmon.simulators.sheets.parts import Activity

_STOPPED_KLASSES: Final = frozenset({"fault", "supply", "operator"})
_DONE_TO: Final = {
    Do.OFF: "unplugged",
    Do.HANG: "hangs",
    Do.STALL: "stands",
    Do.MAINTAIN: "maintained",
    Do.CLEAN: "cleaning",
}
_LONGEST_HEARTBEAT_S: Final = 600.0


def look(plant: Plant, story: Story, clock: OfficeClock, urls: Urls, lines: Lines) -> Picture:
    """The plant as it is now, to which it is moved, and what is wrong with the lines to its machines."""
    now = clock()
    plant.step(now)
    return Picture(
        office=story.name,
        at=plant.calendar.local(now),
        rate=clock.rate,
        lines=tuple(_lines(plant)),
        boxes=tuple(_box(plant, machine, urls.get(name, ())) for name, machine in plant.machines.items()),
        people=tuple(_people(plant, now)),
        standstills=tuple(_standstill(stop, now) for stop in plant.open_stops()),
        spoilt=tuple(f"{machine}: {vices}" for machine, vices in lines.spoilt()),
    )


def _lines(plant: Plant) -> Iterator[LinePicture]:
    for line in plant.lines:
        *before, made = line.buffers
        buffers = tuple(Buffer(each.documents, int(each.capacity) if each.capacity < 1e9 else None) for each in before)
        stages = tuple(tuple(post.name for post in stage) for stage in line.stages)
        yield LinePicture(line.name, stages, buffers, made.documents)


def _box(plant: Plant, machine: Machine, urls: tuple[str, ...]) -> Box:
    post = plant.posts.get(machine.name)
    done = next((word for do, word in _DONE_TO.items() if machine.undergoes(do)), None)
    does = done or ("starting" if not machine.answers else machine.activity.value)
    stopped = machine.activity is Activity.STOPPED
    return Box(
        machine=machine.name,
        does=does + (", slowly" if machine.factor > 1 else ""),
        faults=tuple(fault.name for fault in machine.faults if fault.stops or (not stopped and fault.when is None)),
        stopped=stopped or (done is not None and not machine.undergoes(Do.CLEAN)),
        documents=machine.made,
        waiting=post.waiting if post else 0,
        supply=_scarcest(machine),
        urls=urls,
    )


def _scarcest(machine: Machine) -> tuple[str, float] | None:
    """Of what a document uses, the store with the least share left."""
    shares = [
        (level.left / level.part.capacity, name) for name, level in machine.levels.by_name.items() if level.part.use
    ]
    if not shares:
        return None
    share, name = min(shares)
    return name, share


def _people(plant: Plant, now: float) -> Iterator[str]:
    absence, _ = plant.calendar.at(now)
    crew = plant.crew
    if absence:
        yield f"nobody at work: {absence}"
        return
    if crew.absent:
        yield "nobody looks after the machines"
    else:
        yield f"{crew.size} {'looks' if crew.size == 1 else 'look'} after the machines"
    yield from (f"at {need.post.name}: {need.what}" for need in crew.doing)
    waiting = [f"{need.post.name} ({need.what})" for need in crew.needs]
    if waiting:
        yield f"wanted at {', '.join(waiting)}"


def _standstill(stop: Stop, now: float) -> Standstill:
    klass = str(stop.klass)
    return Standstill(
        machine=stop.machine,
        word="stopped" if klass in _STOPPED_KLASSES else klass,
        reason=stop.reason,
        cause="" if stop.cause in (DEMAND, CALENDAR) else stop.cause,
        since_s=now - stop.start,
        waiting=stop.waiting_end,
        planned=stop.planned,
    )


def truth_lines(plant: Plant, now: float) -> list[str]:
    """Every stop of the run as JSON lines, those that go on ended now."""
    return list(plant.truth_lines(now))


def seats(plant: Plant, urls: Urls) -> list[Seat]:
    """The machines as settings know them."""
    return [
        Seat(name, machine.sheet.kind.value, urls.get(name, ()), asked(machine.sheet))
        for name, machine in plant.machines.items()
    ]


def line_seats(plant: Plant) -> list[LineSeats]:
    """The lines as settings know them."""
    return [
        LineSeats(line.name, line.stages, tuple(buffer.room or 0 for buffer in line.buffers[1:]))
        for line in _lines(plant)
    ]


def settings_of(plant: Plant, story: Story, urls: Urls, broker: str, rate: float) -> str:
    """Settings for a daemon whose clock runs as fast; machines are asked once in a second of ours, at most."""
    page = Page(
        site=story.name.replace("_", "-"),
        broker=broker,
        interval_s=max(5.0, rate),
        heartbeat_s=min(_LONGEST_HEARTBEAT_S, max(30.0, 5 * rate)),
        zone=str(story.office.plan.zone),
    )
    return settings_text(page, seats(plant, urls), line_seats(plant))

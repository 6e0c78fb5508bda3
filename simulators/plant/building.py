"""Putting an office's lines together: buffers, stations, demand."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.parts import Role
from fleetmon.simulators.stories.office import Place

from .demand import Demand
from .desk import desk_machine
from .floor import Buffer, Floor, Keepers, Line, Post
from .layout import Line as Layout
from .layout import Office


def build_line(floor: Floor, keepers: Keepers, office: Office, layout: Layout, seed: int) -> Line:
    """The line with its stations; its documents wait in `buffers[0]` and end in the last."""
    places = {place.name: place for place in office.places}
    desks = {desk.name: desk for desk in office.desks}
    line = Line(layout.name, layout.parameters, [Buffer(), *map(Buffer, layout.buffers), Buffer()])
    for stage, names in enumerate(layout.stages):
        posts = []
        for name in names:
            wired = name in places
            machine = _in_line(places[name], stage, layout, seed) if wired else desk_machine(desks[name])
            inspects = not wired if _has_desk(layout, desks) else 0 < stage == len(layout.stages) - 1
            post = Post(floor, keepers, line, stage, machine, seed, wired=wired, inspects=inspects)
            machine.station = post
            posts.append(post)
        line.stages.append(posts)
        line.posts += posts
    floor.lines.append(line)
    return line


def build_demand(floor: Floor, line: Line, layout: Layout, seed: int) -> Demand:
    """Work as much as the slowest stage can make, less the pauses, times what the office says."""
    rates = [sum(1 / post.machine.sheet.cycle for post in stage) for stage in line.stages]
    return Demand(floor, line, 1 / min(rates), layout.demand, Random(f"{seed}/{line.name}/demand"))


def _in_line(place: Place, stage: int, layout: Layout, seed: int) -> Machine:
    """Blanks are loaded by people at the head of the line only, and taken out at its end only; between, a belt runs."""
    moved = {Role.INPUT: stage > 0, Role.OUTPUT: stage < len(layout.stages) - 1, Role.SUPPLY: False}
    stores = {
        name: replace(store, use=0, start=store.capacity) if moved[store.role] else store
        for name, store in place.sheet.stores.items()
    }
    return replace(place, sheet=replace(place.sheet, stores=stores)).machine(seed, alone=False)


def _has_desk(layout: Layout, desks: Mapping[str, object]) -> bool:
    return any(name in desks for stage in layout.stages for name in stage)

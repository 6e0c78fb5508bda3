"""Who is polled: one task for each source of the settings, and a change of the settings touches only what it changes.

A poller that goes on keeps its schedule, its failures and what it has met. It is stopped and made anew when anything
differs that it was made from: its source, the kind of its machine, its credentials (the secrets themselves, not where
they stand), its driver. A machine that was recognised by itself goes on as long as it would be recognised as the same
again, whatever drivers have come or gone beside its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from fleetmon import sources
from fleetmon.catalog import Catalog
from fleetmon.clock import Clock
from fleetmon.links.pulse import Pulse
from fleetmon.links.serial.ports import Ports
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.unable import UnableLink
from fleetmon.model.report import Observation
from fleetmon.poller import SourcePoller
from fleetmon.settings import Settings
from fleetmon.sources import Recipe

_LOOK_UP_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the pollers, each as `machine/source`, in the order of the settings."""

    kept: tuple[str, ...]
    started: tuple[str, ...]
    stopped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Running:
    recipe: Recipe
    poller: SourcePoller
    task: asyncio.Task[None]


class Polling:
    """Owns the pollers; their tasks live in `tasks`, so that a failure which is not a machine's ends the daemon."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        socket: SnmpSocket,
        clock: Clock,
        hand_over: Callable[[Observation], Awaitable[None]],
        hear_again: Callable[[Observation], None] | None = None,
    ) -> None:
        self._pulse = Pulse(clock)
        self._hear_again = hear_again
        self._tasks = tasks
        self._socket = socket
        self._ports = Ports()
        self._clock = clock
        self._hand_over = hand_over
        self._running: dict[str, _Running] = {}
        self._addresses: dict[str, tuple[SourcePoller, ...]] = {}
        self._looked_up_s: float | None = None

    @property
    def pollers(self) -> list[SourcePoller]:
        """All of them, in the order of the settings."""
        return [running.poller for running in self._running.values()]

    async def apply(self, settings: Settings, drivers: Catalog) -> Applied:
        """Poll what the settings name, and nothing else. Links that are no longer needed are closed when it returns."""
        wanted = {recipe.name: recipe for recipe in sources.recipes(settings, drivers)}
        kept = {name for name, recipe in wanted.items() if self._goes_on(recipe, drivers)}
        ended = [running for name, running in self._running.items() if name not in kept]
        await _end(running.task for running in ended)
        self._running = {
            name: self._again(recipe, drivers) if name in kept else self._start(recipe, drivers)
            for name, recipe in wanted.items()
        }
        self._looked_up_s = None
        return Applied(
            kept=tuple(name for name in wanted if name in kept),
            started=tuple(name for name in wanted if name not in kept),
            stopped=tuple(running.recipe.name for running in ended),
        )

    async def stop(self) -> None:
        """Poll nobody any more; all links are closed when it returns."""
        running, self._running, self._looked_up_s = self._running, {}, None
        await _end(each.task for each in running.values())
        self._pulse.close()

    def hasten(self, machine: str) -> bool:
        """Poll all sources of a machine as soon as may be; whether there is such a machine."""
        found = [poller for poller in self.pollers if poller.machine.id == machine]
        for poller in found:
            poller.hasten()
        return bool(found)

    def hasten_address(self, address: str) -> bool:
        """The same for all who answer at this IP address."""
        found = self.by_address(address)
        for poller in found:
            poller.hasten()
        return bool(found)

    def by_address(self, address: str) -> tuple[SourcePoller, ...]:
        """Who answers at this IP address, as far as names have been resolved. Strangers are looked for every 10 s."""
        if address not in self._addresses or self._looked_up_s is None:
            self._look_up()
        return self._addresses.get(address, ())

    def _look_up(self) -> None:
        now_s = self._clock.now().mono
        if self._looked_up_s is not None and now_s - self._looked_up_s < _LOOK_UP_AGAIN_S:
            return
        found: dict[str, list[SourcePoller]] = {}
        for poller in self.pollers:
            for address in sources.addresses(poller.link):
                found.setdefault(address, []).append(poller)
        self._addresses = {address: tuple(pollers) for address, pollers in found.items()}
        self._looked_up_s = now_s

    def _goes_on(self, recipe: Recipe, drivers: Catalog) -> bool:
        running = self._running.get(recipe.name)
        if running is None or running.recipe != recipe or isinstance(running.poller.link, UnableLink):
            return False  # what cannot be asked has nothing to lose, and may be mended where no recipe shows it
        return sources.still_recognised(running.poller, drivers)

    def _again(self, recipe: Recipe, drivers: Catalog) -> _Running:
        """The same poller; the next time it meets a machine, it will choose among today's drivers."""
        running = self._running[recipe.name]
        running.poller.machine = recipe.machine
        running.poller.behave = sources.behaviour(recipe, drivers, self._clock, running.poller.link)
        return _Running(recipe, running.poller, running.task)

    def _start(self, recipe: Recipe, drivers: Catalog) -> _Running:
        link = sources.link(recipe, self._socket, self._ports)
        poller = SourcePoller(
            recipe.machine,
            recipe.source,
            link,
            sources.behaviour(recipe, drivers, self._clock, link),
            self._clock,
            self._hand_over,
            self._hear_again,
            self._pulse if self._hear_again else None,
            deadlines=sources.deadlines(recipe.driver, recipe.source),
        )
        return _Running(recipe, poller, self._tasks.create_task(poller.run(), name=poller.name))


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)

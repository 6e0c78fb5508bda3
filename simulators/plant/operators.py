"""The people who look after the machines: they notice after a while, come when they are free, and mend what they can.

Nobody reacts at once and nobody is in two places. A need is noticed some time after it arose, waits until somebody is
at work with free hands, and is met some time after that; in breaks and at night it waits. An empty shelf makes a need
wait for the next delivery, and what is beyond an operator waits for a technician from outside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from random import Random

from fleetmon.simulators.model.commands import NEVER, Command, Do
from fleetmon.simulators.sheets.parts import Fault, Fill, Role, Store

from .agenda import Actor
from .calendar import Calendar
from .floor import Floor, Post
from .parameters import Parameters
from .stockroom import Stockroom
from .wear import is_technical

_RESTART = 60.0  # s, our choice: to the machine, off, on


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """Something a machine needs: `begin` and `end` are what is done at the start and the end of the work.

    `shelf` is the store whose unit is used, if any. `moot` tells that it is no longer needed.
    """

    post: Post
    what: str
    seconds: float
    begin: Callable[[], None]
    end: Callable[[], None]
    moot: Callable[[], bool]
    shelf: Store | None = None


class Crew:
    """`size` people who come and go together.

    `needs` have been noticed and wait, `doing` are being met.
    """

    def __init__(
        self, floor: Floor, calendar: Calendar, stock: Stockroom, size: int, figures: Parameters, seed: int
    ) -> None:
        self.size = size
        self.needs: list[Need] = []
        self.doing: list[Need] = []
        self._floor = floor
        self._calendar = calendar
        self._stock = stock
        self._figures = figures
        self._dice = Random(f"{seed}/crew")
        self._known: set[tuple[str, str]] = set()
        self._returns = Actor(self.come)
        stock.arrived = self.dispatch

    # -- they come and go

    @property
    def absent(self) -> bool:
        """Whether they should be at work and are not."""
        return self._floor.alone

    def stay_away(self, seconds: float) -> None:
        """Nobody looks after anything for so long."""
        self._floor.leave_alone(True)
        self._floor.agenda.set(self._returns, self._floor.now + seconds)

    def come(self) -> None:
        """They are back, and begin with what has waited longest."""
        self._floor.leave_alone(False)
        self._floor.agenda.set(self._returns, NEVER)
        self.dispatch()

    def dispatch(self) -> None:
        """Everybody with free hands turns to the next need that can be met."""
        if self.absent or self._floor.absence:
            return
        for need in list(self.needs):
            if len(self.doing) >= self.size:
                return
            if need.moot():
                self._forget(need)
            elif need.shelf is None or self._stock.take(need.post.machine.sheet.name, need.shelf.name):
                self._begin(need)

    # -- what the machines need

    def ran(self, post: Post, store: Store, fill: Fill) -> None:
        """A store ran low or out; low ones are seen to only by people with foresight."""
        figures = self._figures
        if fill is Fill.GOOD or not store.refill_after:
            return
        if fill is Fill.LOW:
            foresight = figures.foresight_supply if store.role is Role.SUPPLY else figures.foresight_media
            if self._dice.random() >= foresight:
                return
        self._call(self._refill(post, store), self._lognormal(store.refill_after, figures.notice_sigma))

    def broke(self, post: Post, fault: str) -> None:
        """A fault stands; an operator mends it, or calls a technician."""
        figures, what = self._figures, post.machine.sheet.faults[fault]
        noticed = self._lognormal(figures.fault_noticed, figures.notice_sigma)
        self._call(self._call_out(post, what) if is_technical(what) else self._mend(post, what), noticed)

    def hangs(self, post: Post) -> None:
        """Nothing shows; somebody wonders in the end."""
        machine = post.machine
        need = Need(
            post,
            "restart",
            _RESTART,
            begin=_nothing,
            end=lambda: post.do(Command(Do.REBOOT)),
            moot=lambda: not machine.undergoes(Do.HANG),
        )
        self._call(need, self._lognormal(self._figures.hang_noticed, self._figures.hang_sigma))

    def _refill(self, post: Post, store: Store) -> Need:
        level = post.machine.levels[store.name]
        cover = _cover(post) if store.role is Role.SUPPLY else ""
        return Need(
            post,
            store.name,
            self._dice.uniform(self._figures.handling_least, self._figures.handling_most),
            begin=lambda: _open(post, cover),
            end=lambda: self._close(post, cover, Command(Do.REFILL, store=store.name)),
            moot=lambda: level.fill is Fill.GOOD,
            shelf=None if store.role is Role.OUTPUT else store,
        )

    def _mend(self, post: Post, fault: Fault) -> Need:
        cover = _cover(post)
        cover = "" if cover == fault.name else cover
        return Need(
            post,
            fault.name,
            self._lognormal(self._figures.fault_mended, self._figures.mended_sigma),
            begin=lambda: _open(post, cover),
            end=lambda: self._close(post, cover, Command(Do.CLEAR, fault=fault.name)),
            moot=lambda: fault.name not in post.machine.held_up.held,
        )

    def _close(self, post: Post, cover: str, done: Command) -> None:
        """The work is done, and the cover closed, unless it is left ajar."""
        post.do(done)
        if cover and self._dice.random() < self._figures.cover_forgotten:
            self.broke(post, cover)
        elif cover:
            post.do(Command(Do.CLEAR, fault=cover))

    def _call_out(self, post: Post, fault: Fault) -> Need:
        """The operator only telephones; the machine waits for the technician."""
        figures = self._figures

        def mended() -> None:
            post.wear.serviced()
            post.do(Command(Do.CLEAR, fault=fault.name))

        def telephone() -> None:
            comes = self._lognormal(figures.technician_comes, figures.notice_sigma)
            works = self._lognormal(figures.technician_works, figures.notice_sigma)
            self._floor.agenda.once(self._calendar.after(self._floor.now, comes + works), mended)

        return Need(
            post,
            fault.name,
            _RESTART,
            begin=_nothing,
            end=telephone,
            moot=lambda: fault.name not in post.machine.held_up.held,
        )

    # -- how a need is met

    def _call(self, need: Need, seconds: float) -> None:
        """Somebody will notice, unless somebody is about to already."""
        if (need.post.name, need.what) not in self._known:
            self._known.add((need.post.name, need.what))
            self._floor.agenda.once(self._floor.now + seconds, lambda: self._notice(need))

    def _notice(self, need: Need) -> None:
        self.needs.append(need)
        self.dispatch()

    def _begin(self, need: Need) -> None:
        self.needs.remove(need)
        self.doing.append(need)
        need.begin()
        self._floor.agenda.once(self._floor.now + need.seconds, lambda: self._finish(need))

    def _finish(self, need: Need) -> None:
        self.doing.remove(need)
        self._known.discard((need.post.name, need.what))
        need.end()
        self.dispatch()

    def _forget(self, need: Need) -> None:
        self.needs.remove(need)
        self._known.discard((need.post.name, need.what))

    def _lognormal(self, median: float, sigma: float) -> float:
        return self._dice.lognormvariate(log(median), sigma)


def _cover(post: Post) -> str:
    """The cover that is opened to get at things; empty if the machine tells of none."""
    faults = post.machine.sheet.faults.values()
    return next((fault.name for fault in faults if "cover-open" in fault.name and fault.stops), "")


def _open(post: Post, cover: str) -> None:
    if cover:
        post.do(Command(Do.RAISE, fault=cover))


def _nothing() -> None:
    """Nothing is done."""

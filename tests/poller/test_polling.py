"""Who is polled follows the settings, and what they leave as it was is not touched."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest

from fleetmon import catalog, settings, sources
from fleetmon.links.base import Link
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.links.walk_file import WalkFile
from fleetmon.model.report import NoAnswer, Observation, Report
from fleetmon.model.words import Silence
from fleetmon.poller import SourcePoller
from fleetmon.polling import Applied, Polling

from .machines import second
from .virtual import VirtualClock, run

T = TypeVar("T")
HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
DRIVER = """
name = "{name}"
title = "{title}"
kind = "printer"
maturity = "experimental"
link = "snmp"
[match]
sysobjectid = ["{number}"]
"""


@asynccontextmanager
async def _opened() -> AsyncIterator[SnmpSocket]:
    socket = SnmpSocket()
    yield socket
    await socket.close()


@dataclass
class Place:
    """A settings folder with walks of a printer, and the pollers that follow it, in virtual time."""

    folder: Path
    heard: list[Observation] = field(default_factory=list)
    closed: list[Link] = field(default_factory=list)
    polling: Polling | None = None

    def write(self, machines: str) -> None:
        """What the settings say from now on."""
        (self.folder / "fleetmon.toml").write_text(HEAD + machines, encoding="utf-8")

    def driver(self, name: str, text: str) -> None:
        """A driver of the site's own."""
        folder = self.folder / "drivers" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "driver.toml").write_text(text, encoding="utf-8")

    async def apply(self) -> Applied:
        """Read settings and drivers and apply them."""
        assert self.polling is not None
        found = settings.load(self.folder / "fleetmon.toml", environ={})
        return await self.polling.apply(found, catalog.load(found.drivers_folder))

    def pollers(self) -> dict[str, SourcePoller]:
        """The pollers by machine and source."""
        assert self.polling is not None
        return {f"{each.machine.id}/{each.source.name}": each for each in self.polling.pollers}

    def tell(self, story: Callable[[], Awaitable[T]]) -> T:
        """Run a story while machines are polled."""

        async def whole() -> T:
            async def hand_over(observation: Observation) -> None:
                self.heard.append(observation)

            async with asyncio.TaskGroup() as tasks, _opened() as socket:
                self.polling = Polling(tasks, socket, VirtualClock(), hand_over)
                result = await story()
                await self.polling.stop()
            return result

        return run(whole())

    def seconds(self, machine: str) -> list[float]:
        """When it was polled, rounded to slots."""
        return [round(second(each), 1) for each in self.heard if each.machine == machine]


@pytest.fixture
def place(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A folder with `printer.walk`; links that are closed are noted."""
    capture = tomllib.loads((root / "drivers/snmp_printer/captures/printer-idle.toml").read_text("utf-8"))
    (tmp_path / "printer.walk").write_text(capture["walk"], encoding="utf-8")
    place = Place(tmp_path)

    async def close(self: WalkFile) -> None:
        place.closed.append(self)

    monkeypatch.setattr(WalkFile, "close", close)
    return place


def machine(name: str, more: str = "", kind: str = "printer") -> str:
    """A machine that is a walk file."""
    return f'[[machine]]\nid = "{name}"\nkind = "{kind}"\nsource = {{ url = "walk:printer.walk"{more} }}\n'


def test_one_change_among_a_hundred_touches_one(place: Place) -> None:
    """Ninety-nine machines keep task, schedule and what they have met; one is asked twice as often from now on."""
    names = [f"m{number}" for number in range(100)]

    async def story() -> None:
        place.write("".join(map(machine, names)))
        assert (await place.apply()).started == tuple(f"{name}/main" for name in names)
        await asyncio.sleep(31)
        before = place.pollers()
        place.write("".join(machine(name, ', interval = "2.5s"' if name == "m7" else "") for name in names))
        applied = await place.apply()
        assert (applied.started, applied.stopped) == (("m7/main",), ("m7/main",))
        assert applied.kept == tuple(f"{name}/main" for name in names if name != "m7")
        assert place.closed == [before["m7/main"].link]
        after = place.pollers()
        assert all(after[name] is before[name] for name in applied.kept)
        assert all(after[name].met is not None for name in applied.kept)
        await asyncio.sleep(30)

    place.tell(story)
    for name in names:
        polled = place.seconds(name)
        gaps = {round(later - sooner, 1) for sooner, later in pairwise(polled)}
        assert gaps == {5.0} or name == "m7", name
    assert len(place.seconds("m7")) > len(place.seconds("m8")) + 4
    assert len(place.closed) == 101


def test_machines_come_and_go(place: Place) -> None:
    """Who is taken out is not asked any more, who is new is, and the order is that of the settings."""

    async def story() -> None:
        place.write(machine("a") + machine("b"))
        await place.apply()
        await asyncio.sleep(11)
        place.write(machine("c") + machine("a"))
        assert await place.apply() == Applied(kept=("a/main",), started=("c/main",), stopped=("b/main",))
        assert list(place.pollers()) == ["c/main", "a/main"]
        await asyncio.sleep(10)
        place.write("")
        assert await place.apply() == Applied((), (), ("c/main", "a/main"))
        await asyncio.sleep(10)

    place.tell(story)
    assert max(place.seconds("b")) < 11
    assert 11 < min(place.seconds("c")) < max(place.seconds("c")) < 21
    assert max(place.seconds("a")) < 21


def test_a_name_is_no_reason_to_start_over_and_a_kind_is(place: Place) -> None:
    """What people call a machine may change under way; what it is for may not."""

    async def story() -> None:
        place.write(machine("a") + machine("b"))
        await place.apply()
        place.write(machine("a") + 'name = "The left one"\n' + machine("b", kind="laminator"))
        applied = await place.apply()
        assert (applied.kept, applied.started) == (("a/main",), ("b/main",))
        assert place.pollers()["a/main"].machine.name == "The left one"

    place.tell(story)


def test_another_secret_behind_the_same_words_is_a_change(place: Place) -> None:
    """The community's file has other content: started over. The same content from another file: not."""

    def written(file: str) -> str:
        profile = f'[snmp.profile.office]\ncommunity = {{ file = "{file}" }}\n'
        return profile + '[[machine]]\nid = "a"\nsource = { url = "snmp://127.0.0.1:9", profile = "office" }\n'

    async def story() -> None:
        for file, content in (("one", "alpha"), ("two", "alpha")):
            (place.folder / file).write_text(content)
            (place.folder / file).chmod(0o600)
        place.write(written("one"))
        await place.apply()
        assert (await place.apply()).kept == ("a/main",)
        place.write(written("two"))
        assert (await place.apply()).kept == ("a/main",)
        (place.folder / "two").write_text("beta")
        assert (await place.apply()).started == ("a/main",)
        found = settings.load(place.folder / "fleetmon.toml", environ={})
        (recipe,) = sources.recipes(found, catalog.load())
        assert "beta" not in repr(recipe)

    place.tell(story)


def test_a_driver_that_is_broken_or_mended_concerns_its_own_machines(place: Place) -> None:
    """A definition that does not parse is told as driver-bug by its own machine alone, until it is mended."""

    async def story() -> None:
        good = DRIVER.format(name="acme", title="Acme", number="1.3.6.1.4.1.4711")
        place.driver("acme", good)
        place.write(machine("a", ', driver = "acme"') + machine("b"))
        await place.apply()
        await asyncio.sleep(10)
        place.driver("acme", good + "colour = 1\n")
        assert await place.apply() == Applied(kept=("b/main",), started=("a/main",), stopped=("a/main",))
        await asyncio.sleep(10)
        place.driver("acme", good)
        assert (await place.apply()).started == ("a/main",)
        await asyncio.sleep(10)

    place.tell(story)
    said = [
        (each.heard.why if isinstance(each.heard, NoAnswer) else None) for each in place.heard if each.machine == "a"
    ]
    assert said == [None] * 2 + [Silence.DRIVER_BUG] * 2 + [None] * 2
    (text,) = {each.heard.text for each in place.heard if isinstance(each.heard, NoAnswer)}
    assert "acme/driver.toml:9: match.colour" in text
    assert all(isinstance(each.heard, Report) for each in place.heard if each.machine == "b")


def test_another_driver_concerns_only_machines_that_it_would_take(place: Place) -> None:
    """A new driver for other machines changes nothing; one that knows this machine by its number takes it over."""

    async def story() -> None:
        place.write(machine("a"))
        await place.apply()
        await asyncio.sleep(10)
        (poller,) = place.pollers().values()
        assert poller.met is not None
        assert poller.met.definition.name == "snmp_printer"
        place.driver("acme", DRIVER.format(name="acme", title="Acme", number="1.3.6.1.4.1.4711"))
        assert (await place.apply()).kept == ("a/main",)
        number = poller.met.objects[(1, 3, 6, 1, 2, 1, 1, 2, 0)]
        assert isinstance(number, tuple)
        place.driver("mine", DRIVER.format(name="mine", title="Mine", number=".".join(map(str, number))))
        assert (await place.apply()).started == ("a/main",)
        await asyncio.sleep(10)
        place.driver("mine", DRIVER.format(name="mine", title="Mine, improved", number=".".join(map(str, number))))
        assert (await place.apply()).started == ("a/main",)
        await asyncio.sleep(10)

    place.tell(story)
    drivers = [each.heard.driver for each in place.heard if isinstance(each.heard, Report)]
    assert drivers == ["snmp_printer"] * 2 + ["mine"] * 4


def test_a_machine_is_hastened_by_its_name_or_its_address(place: Place) -> None:
    """All sources of a machine, or all machines that answer at an address: both rows of one host."""

    async def story() -> None:
        two = "".join(
            f'[[machine]]\nid = "row{row}"\nsource = {{ url = "snmp://127.0.0.3:9", device = {row} }}\n'
            for row in (1, 2)
        )
        place.write(two + '[[machine]]\nid = "far"\nsource = "snmp://127.0.0.4:9"\n' + machine("a"))
        await place.apply()
        polling = place.polling
        assert polling is not None
        assert [each.machine.id for each in polling.by_address("127.0.0.3")] == ["row1", "row2"]
        assert polling.by_address("127.0.0.9") == ()
        assert polling.hasten_address("127.0.0.4")
        assert not polling.hasten_address("127.0.0.9")
        assert not polling.hasten("nobody")
        await asyncio.sleep(7)
        before = asyncio.get_running_loop().time()
        assert polling.hasten("a")
        await asyncio.sleep(0.01)
        assert place.heard[-1].machine == "a"
        assert second(place.heard[-1]) == pytest.approx(before)
        place.write(machine("a"))
        await place.apply()
        assert polling.by_address("127.0.0.3") == ()

    place.tell(story)


def test_a_thousand_strangers_are_looked_for_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown addresses cost one look at the machines in ten seconds, for names may have been resolved since."""
    looked: list[Link] = []
    real = sources.addresses
    monkeypatch.setattr(sources, "addresses", lambda link: looked.append(link) or real(link))  # type: ignore[func-returns-value]

    async def story() -> None:
        place.write('[[machine]]\nid = "far"\nsource = "snmp://127.0.0.4:9"\n')
        await place.apply()
        assert place.polling is not None
        for number in range(1000):
            assert not place.polling.hasten_address(f"127.1.{number // 250}.{number % 250}")
        assert len(looked) == 1
        await asyncio.sleep(11)
        place.polling.hasten_address("127.1.1.1")
        assert len(looked) == 2

    place.tell(story)


@pytest.mark.parametrize(
    "bad",
    [
        'source = { url = "tcp://127.0.0.1:9100", driver = "snmp_printer" }',
        'source = { url = "snmp://127.0.0.1:9", driver = "no_such_driver" }',
        'source = { url = "walk:fleetmon.toml" }',
    ],
)
def test_a_machine_that_cannot_be_asked_stops_no_other(place: Place, bad: str) -> None:
    """It gets a poller that says why, at every poll; the others are reported on."""

    async def story() -> None:
        place.write(f'[[machine]]\nid = "bad"\n{bad}\n' + machine("a"))
        assert (await place.apply()).started == ("bad/main", "a/main")
        await asyncio.sleep(11)
        assert (await place.apply()).kept == ("a/main",)

    place.tell(story)
    said = [each.heard for each in place.heard if each.machine == "bad"]
    assert said
    assert all(isinstance(each, NoAnswer) and each.why is Silence.DRIVER_BUG and each.text for each in said)
    assert any(isinstance(each.heard, Report) for each in place.heard if each.machine == "a")

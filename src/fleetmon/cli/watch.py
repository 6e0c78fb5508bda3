"""`fleetmon watch`: the picture of `fleetmon status`, kept up to date; or one line a change where no terminal is."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fleetmon.cli import status_page as pages
from fleetmon.cli import status_source as source
from fleetmon.cli.exits import Exit, stop
from fleetmon.cli.pages import console
from fleetmon.cli.safe_text import safe
from fleetmon.clock import Clock
from fleetmon.control import NoAnswerThere
from fleetmon.publish.mqtt.trouble import WireDown
from fleetmon.room import Finding, Listening, Room, findings
from fleetmon.room.reading import Unreadable

_EVENTS_SHOWN = 12
_LONGEST_LINE = 300
_PATIENCE_S = 15.0  # a daemon shows a fresh picture every five seconds at least


def watch(
    context: typer.Context,
    control: source.ControlOption = None,
    broker: source.BrokerOption = None,
    site: source.SiteOption = None,
    root: source.RootOption = "fleetmon",
    ca: source.CaOption = None,
    certificate: source.CertificateOption = None,
    key: source.KeyOption = None,
    username: source.UserOption = None,
    password_file: source.PasswordFileOption = None,
) -> None:
    """Show what is going on, until Ctrl-C; where no terminal is, a line for each event and each thing that is wrong."""
    source.refuse_both(context, broker)
    if broker is None and site:
        stop("--site needs --broker; without it the daemon of this computer is asked", Exit.USAGE)
    screen = Screen(console(), Clock())
    if broker is None:
        _watch_daemon(control, screen)
    else:
        at = source.Broker(broker, site, root, ca, certificate, key, username, password_file)
        asyncio.run(_watch_broker(at, screen))


class Screen:
    """What is drawn: the page and the last events on a terminal, else what has changed, line by line."""

    def __init__(self, out: Console, clock: Clock) -> None:
        self.clock = clock
        self._out = out
        self._events: deque[str] = deque(maxlen=_EVENTS_SHOWN)
        self._wrong: dict[str, Finding] | None = None
        self._live = Live(console=out, auto_refresh=False) if out.is_terminal else None

    def __enter__(self) -> "Screen":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def event(self, told: Mapping[str, object], site: str = "") -> None:
        """One event: its `type`, `subject`, `time` and `data`."""
        line = event_line(told, site)
        self._events.append(line)
        if not self._live:
            self._print(line)

    def say(self, text: str) -> None:
        """A word of our own."""
        self._events.append(safe(text))
        if not self._live:
            self._print(safe(text))

    def show(self, room: Room) -> None:
        """The picture as it is now."""
        now = self.clock.now()
        picture = room.picture(now)
        found = findings(picture, now.utc)
        if self._live:
            page = pages.page(picture, found, now.utc, self._out.width)
            self._live.update(self._with_events(page), refresh=True)
            return
        if not picture.sites:  # nothing heard yet is no good news
            return
        wrong = {f"{each.site}/{each.machine}/{each.what}": each for each in found}
        before = self._wrong if self._wrong is not None else {}
        for key in [key for key in before if key not in wrong]:  # as on the page: what matters most first
            self._print(f"  - {pages.headline(before[key])}")
        for key in [key for key in wrong if key not in before]:
            self._print(f"  ! {pages.headline(wrong[key])}")
        if self._wrong is None and not wrong:
            self._print("nothing is wrong")
        self._wrong = wrong

    def _with_events(self, page: RenderableType) -> Group:
        return Group(page, Text(), *(Text(line, style="dim") for line in self._events))

    def _print(self, line: str) -> None:
        self._out.print(line, markup=False)


def event_line(told: Mapping[str, object], site: str = "") -> str:
    """One event in one line: when, whose, what, and its plain values."""
    data = told.get("data")
    values = dict(data) if isinstance(data, dict) else {}
    for inner in ("fault", "notice"):
        if isinstance(nested := values.pop(inner, None), dict):
            values = {key: nested.get(key) for key in ("reason", "keyword", "severity", "part", "text")} | values
    counted = {f"{key}_count" for key, value in values.items() if isinstance(value, list)}  # whoever reads can count
    hidden = {"machine", *counted}
    shown = [f"{key} {said}" for key, value in values.items() if key not in hidden and (said := _said(value))]
    kind = str(told.get("type", "")).removeprefix("fleetmon.").removesuffix(".v1")
    who = " ".join(str(each) for each in (site, told.get("subject")) if each)
    moment = str(told.get("time", ""))[11:19]
    return _cut(safe(f"{moment}  {who:<16} {kind:<20} {', '.join(shown)}"))


def _said(value: object) -> str:
    """A plain value, the first line of a text, names one after the other; of all else nothing."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return next(iter(str(value).splitlines()), "")


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 4].rpartition(' ')[0]} ..."


def _watch_daemon(control: source.ControlOption, screen: Screen) -> None:
    room = Room()
    try:
        with source.call(control, _PATIENCE_S) as caller, screen:
            for name, answer in caller.watch():
                if name == "status":
                    room.hear_status(answer, screen.clock.now())
                elif name == "event":
                    screen.event(answer)
                else:
                    stop(safe(str(answer.get("text"))), Exit.UNDETERMINED)
                screen.show(room)
    except NoAnswerThere as why:
        stop(source.nobody(why), Exit.UNDETERMINED)
    except Unreadable as why:
        stop(f"the daemon's answer cannot be read; is it of another version? {safe(str(why))}", Exit.UNDETERMINED)


async def _watch_broker(broker: source.Broker, screen: Screen) -> None:
    def hear(topic: str, payload: bytes) -> None:
        with suppress(ValueError, RecursionError):
            told = json.loads(payload)
            if isinstance(told, dict):
                screen.event(told, topic.removeprefix(f"{broker.root}/v1/").partition("/")[0])

    listening = Listening(broker.plan("event"), broker.root, broker.room(screen.clock), screen.clock, hear)
    said: WireDown | None = None
    with screen:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listening.reader.run(), name="reader")
            while True:
                await asyncio.sleep(1.0)
                if listening.trouble and (said is None or said.trouble is not listening.trouble.trouble):
                    screen.say(f"{broker.url}: {listening.trouble.trouble.value}: {listening.trouble}")
                said = listening.trouble
                listening.repair()
                screen.show(listening.room)

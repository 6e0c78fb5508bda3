"""The words of an issuing system, from the broker and from a file, on their way to the monitor.

The last word on a scope counts, wherever it came from. Publishers go mad and brokers repeat themselves: of many words
the newest goes on, at most one a second and scope, and what the broker tells again at a connect is no new word, or a
publisher that died would be believed anew each time. What cannot be believed changes nothing: what was said before
holds until it is out of date. Nobody is waited for, and nothing here ends the daemon.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog

from fleetmon.issuing.drop import Mark, look
from fleetmon.model.alert_words import Subject
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.model.stimuli import Work
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.mqtt import Inbound
from fleetmon.publish.work import Heard, Unbelieved, is_work, told, written
from fleetmon.site import Site

FILE_EVERY_S: Final = 10.0  # of the world, as the next one
_GATHERED_S: Final = 1.0
_SAY_AGAIN_S: Final = 3600.0
_ELSEWHERE: Final = "another line"

log = structlog.get_logger("work")


class Issuing:
    """Of `site`; `refuse` counts what was sent to it and does not count."""

    def __init__(self, site: Site, refuse: Callable[[Reason], None]) -> None:
        self._site = site
        self._refuse = refuse
        self._down = f"{site.settings.mqtt.root}/v1/{site.settings.site.id}/down/"
        self._words: dict[Subject, Work] = {}
        self._any = asyncio.Event()
        self._held: dict[Subject, Work] = {}
        self._last: dict[str, bytes] = {}
        self._doubted: dict[tuple[str, Reason], At] = {}
        self._file: tuple[Path, frozenset[str]] | None = None
        self._mark: Mark | None = None

    @property
    def _plan(self) -> FleetPlan:
        return self._site.settings.plan()

    def hear(self, message: Inbound) -> bool:
        """Take a message from below `down/`, if it tells of work. Does not wait."""
        below = message.topic.removeprefix(self._down)
        if below == message.topic or not is_work(below):
            return False
        if message.retained and self._last.get(below) == message.payload:
            return True
        heard = told(below, message.payload, self._plan, self._site.clock.now())
        known = not isinstance(heard, Unbelieved)
        if isinstance(heard, Unbelieved):
            if heard.reason is not Reason.EXPIRED:  # an old word is no misuse: the broker keeps what it was given
                self._refuse(heard.reason)
            known = below.partition("/")[2] in {"", *(line.id for line in self._plan.lines)}
        else:
            self._last[below] = message.payload
        self._take(f"down/{below}" if known else _ELSEWHERE, (heard,))
        return True

    async def serve(self) -> None:
        """Hand on what `hear` took, and what the file says, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hand_on(), name="work heard")
            tasks.create_task(self._look_at_file(), name="work file")

    def _take(self, origin: str, heard: Iterable[Heard]) -> None:
        for each in heard:
            if isinstance(each, Unbelieved):
                self._doubt(origin, each)
            else:
                self._words[each.scope] = each
                self._any.set()

    def _doubt(self, origin: str, unbelieved: Unbelieved) -> None:
        """Said once, and again in an hour if it is still so: whoever publishes does so every minute."""
        now, said = self._site.clock.now(), self._doubted.get((origin, unbelieved.reason))
        if said is None or now.since(said) >= _SAY_AGAIN_S:
            self._doubted[origin, unbelieved.reason] = now
            why = unbelieved.text
            log.warning("what waits is told so that it cannot be believed", told=origin, why=why)

    async def _hand_on(self) -> None:
        while True:
            await self._any.wait()
            self._any.clear()
            words, self._words = self._words, {}
            for word in words.values():
                now = self._site.clock.now()
                left = replace(word, valid_for_s=max(0.0, word.valid_for_s - now.since(word.at)), at=now)
                await self._site.inbox.put(left)
                self._note(left)
            await self._site.clock.sleep(_GATHERED_S * self._site.clock.rate)

    def _note(self, word: Work) -> None:
        before = self._held.pop(word.scope, None)
        if word.valid_for_s > 0:
            self._held[word.scope] = word
            if before is None:
                log.info("told how much work waits", scope=str(word.scope), waiting=word.waiting)
        elif before is not None:
            log.info("how much work waits is unknown from now on", scope=str(word.scope))

    async def _look_at_file(self) -> None:
        while True:
            if (path := self._site.settings.work.file) is not None:
                await self._read(path)
            self._notice_silence()
            await self._site.clock.sleep(FILE_EVERY_S * self._site.clock.rate)

    async def _read(self, path: Path) -> None:
        plan = self._plan
        asked = (path, frozenset(line.id for line in plan.lines))  # other lines, and it must be understood anew
        seen = await asyncio.to_thread(look, path, self._mark if asked == self._file else None)
        if seen is None:
            return
        if isinstance(seen, Unbelieved):
            self._file = None
            self._take(str(path), (seen,))
        else:
            self._file, self._mark = asked, seen.mark
            now = self._site.clock.now()
            self._take(str(path), written(seen.content, now.utc - seen.written_at, plan, now))

    def _notice_silence(self) -> None:
        """That a publisher died shows in nothing else; the monitor is told too, where nothing may happen for hours."""
        now = self._site.clock.now()
        for scope, word in list(self._held.items()):
            if now.since(word.at) >= word.valid_for_s:
                del self._held[scope]
                since_s = round(now.since(word.at))
                log.warning("nobody tells any more how much work waits", scope=str(scope), since_s=since_s)
                self._words.setdefault(scope, Work(scope, 0, 0.0, now))
                self._any.set()

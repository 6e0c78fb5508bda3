"""People's own messengers, by way of Apprise, for what cannot wait: alerts of priority 1 and 2, told once.

Apprise speaks to a hundred services through as many plugins, each with its own idea of time. None of them runs in the
daemon: every message is a process of its own, which is ended when its time is over. A message whose time ran out may
have been sent all the same, so nothing is tried again; the alert itself is in the outbox and in every picture of the
site. What comes faster than it can be sent is dropped, the oldest first, and counted.
"""

import asyncio
import importlib.util
import json
import sys
from collections import deque
from contextlib import suppress
from typing import Final

from fleetmon.clock import Clock
from fleetmon.model.alerts import Priority
from fleetmon.model.messages import Event
from fleetmon.notify.apprise_send import Exit
from fleetmon.notify.reach import Reach
from fleetmon.publish.contract import ALERT
from fleetmon.publish.payloads import AlertChange
from fleetmon.secret import Secret

NAME: Final = "apprise"
_MOST_WAITING: Final = 20
_PROGRAM: Final = (sys.executable, "-P", "-m", "fleetmon.notify.apprise_send")
_WHY: Final = {
    Exit.NOT_SENT: "not every one of its URLs took it",
    Exit.NOT_UNDERSTOOD: "Apprise does not understand every one of its URLs",
    Exit.NOT_INSTALLED: "Apprise is not installed: it comes with the extra `notify`",
}


class Messengers:
    """Sends as long as it runs; `limit_s` of the world is what one message may take."""

    def __init__(self, urls: Secret, site: str, clock: Clock, limit_s: float, language: str | None = None) -> None:
        given = [line.strip() for line in urls.reveal().splitlines()]
        self._urls = [line for line in given if line and not line.startswith("#")]
        self.reach = Reach(NAME, f"{len(self._urls)} URLs", clock)
        self._site = site
        self._limit_s = limit_s
        self._language = language
        self._waiting: deque[AlertChange] = deque()
        self._new = asyncio.Event()

    def hear(self, event: Event) -> None:
        """An event was committed: it is sent if people should hear of it now, and cannot wait."""
        if event.type != ALERT or not event.data.get("tell"):
            return
        change = AlertChange.model_validate(event.data)
        if change.alert.priority not in {Priority.P1, Priority.P2}:
            return
        if len(self._waiting) == _MOST_WAITING:
            self.reach.skip("more came than could be sent", self._waiting.popleft().alert.id)
        self._waiting.append(change)
        self.reach.waiting = len(self._waiting)
        self._new.set()

    async def run(self) -> None:
        """Until cancelled."""
        if importlib.util.find_spec("apprise") is None:
            self.reach.failed(_WHY[Exit.NOT_INSTALLED])
        while True:
            while self._waiting:
                change = self._waiting.popleft()
                self.reach.waiting = len(self._waiting)
                await self._send(change)
            self._new.clear()
            await self._new.wait()

    async def _send(self, change: AlertChange) -> None:
        text = change.alert.texts.get(self._language or "")
        message = {
            "urls": self._urls,
            "title": f"fleetmon {self._site}, P{change.alert.priority}: {change.move}",
            "body": text.text if text else change.text,
            "kind": "failure" if change.alert.priority == Priority.P1 else "warning",
        }
        why = await self._run(json.dumps(message).encode())
        if why:
            self.reach.failed(why)
        else:
            self.reach.took()

    async def _run(self, message: bytes) -> str:
        """Why it was not sent, as far as anybody knows; empty when it was."""
        try:
            process = await asyncio.create_subprocess_exec(
                *_PROGRAM,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            return f"no process could be started for it: {error.strerror}"
        try:
            async with asyncio.timeout(self._limit_s):
                await process.communicate(message)
        except TimeoutError:
            return f"it took more than {self._limit_s:g} s and was given up; it may have been sent"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        status = process.returncode
        return _WHY.get(Exit(status), "") if status in list(Exit) else f"its process ended with {status}"

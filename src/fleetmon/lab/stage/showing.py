"""The running office on the screen: a picture twice a second, or a line for what has changed where no terminal is."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Final

from rich.console import Console
from rich.live import Live

from fleetmon.lab.stage import view
from fleetmon.lab.stage.picture import Picture

_REDRAW_S: Final = 0.5
_NOTES: Final = 20


class Showing:
    """Draws within `height` lines, or prints plain lines where that is None.

    `step` moves the office on and tells what the user must know; `picture` is taken after it.
    """

    def __init__(
        self,
        console: Console,
        height: int | None,
        hint: str,
        picture: Callable[[], Picture],
        step: Callable[[], list[str]],
    ) -> None:
        self._console = console
        self._height = height
        self._hint = hint
        self._picture = picture
        self._move = step
        self._notes: deque[str] = deque(maxlen=_NOTES)
        self._before: Picture | None = None
        self._live = None if height is None else Live(console=console, auto_refresh=False)

    async def until(self, stop: asyncio.Event, seconds: float | None, over: Callable[[], bool]) -> None:
        """Show the office until `stop` is set, so many seconds have passed, or `over` says that the story is."""
        with self._live or nullcontext(), suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not stop.is_set():
                    self._step()
                    if over():
                        self._tell("the scenario is over", self._picture())
                        return
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_REDRAW_S):
                            await stop.wait()

    def _step(self) -> None:
        notes = self._move()
        picture = self._picture()
        for note in notes:
            self._tell(note, picture)
        if self._live is not None and self._height is not None:
            drawn = view.draw(picture, self._console.width, self._height, self._hint, tuple(self._notes))
            self._live.update(drawn, refresh=True)
        else:
            for line in view.changes(self._before, picture):
                self._console.print(line, markup=False, soft_wrap=True)
        self._before = picture

    def _tell(self, note: str, picture: Picture) -> None:
        line = f"{picture.at:%H:%M:%S}  {note}"
        self._notes.append(line)
        if self._live is None:
            self._console.print(line, markup=False, soft_wrap=True)

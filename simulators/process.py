"""What the simulators' programs have in common as programs: how they complain, speak, are told to stop, name things."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from itertools import chain, count
from pathlib import Path
from typing import NoReturn

USAGE = 2
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """Complains in one line, with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """One line instead of a page."""
        self.exit(USAGE, f"{self.prog}: {message}\n")


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The wanted name, or with -2, -3 ... behind it the first nobody has."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM, on Ctrl-C, and when the terminal is closed, unless that shall not matter (`nohup`)."""
    loop = asyncio.get_running_loop()
    ends = [signal.SIGTERM, signal.SIGINT]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ends.append(signal.SIGHUP)
    for number in ends:
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def say(line: dict[str, object], stop: asyncio.Event) -> None:
    """One JSON line to standard output; `stop` is set when nobody reads it any more."""
    try:
        print(json.dumps(line, ensure_ascii=False), flush=True)
    except BrokenPipeError:  # nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        stop.set()


def spoken(main: Callable[[], int]) -> int:
    """Run a program; its exit code, 0 also when nobody reads its output to the end (`| head`), 130 on Ctrl-C."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def write_whole(path: Path, text: str) -> None:
    """Nobody may ever read half of it."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text)
    unfinished.replace(path)

"""The daemon's own log: one line a change, never one a poll; JSON for the journal, readable on a terminal."""

import logging
import os
import sys
from contextlib import suppress

import structlog

from fleetmon.model.messages import Event, EventClass
from fleetmon.model.words import Contact
from fleetmon.settings import LogFormat, LogLevel

_TOLD = (EventClass.STATE, EventClass.FAULT)

log = structlog.get_logger("daemon")


def configure(level: LogLevel = LogLevel.INFO, shape: LogFormat = LogFormat.AUTO) -> None:
    """Send every line to standard error, where systemd and people look."""
    text = shape is LogFormat.TEXT or (shape is LogFormat.AUTO and sys.stderr.isatty())
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=_wants_colours(), sort_keys=False)
        if text
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _what_happened_first,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.name)),
        logger_factory=_Patient,
        cache_logger_on_first_use=True,
    )


def _wants_colours() -> bool:
    """A terminal, and nobody who said otherwise (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Patient(structlog.PrintLogger):
    """Goes on without a log where its disk is full or its reader gone: watching matters more than telling of it."""

    def __init__(self, *_: object) -> None:
        super().__init__(sys.stderr)

    def msg(self, message: str) -> None:
        """Write one line, if it can be written."""
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = exception = fatal = failure = msg


def _what_happened_first(_logger: object, _method: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    """When, how bad and what, before the details: people read these lines from the left."""
    return {key: line[key] for key in ("timestamp", "level", "event") if key in line} | dict(line)


def say(event: Event) -> None:
    """One line in the log a change; counts, notices and reports are for the stream only."""
    if event.event_class not in _TOLD:
        return
    fault = event.data.get("fault")
    words = (
        {k: fault[k] for k in ("reason", "severity", "part", "text") if fault.get(k)} if isinstance(fault, dict) else {}
    )
    plain = {k: v for k, v in event.data.items() if isinstance(v, str | int | float) and k != "machine"}
    tell = log.warning if event.data.get("contact") == Contact.LOST else log.info
    tell(event.type.removeprefix("fleetmon.").removesuffix(".v1"), machine=event.subject, **words, **plain)

"""The few errors of fleetmon, grouped by who must act.

::

    FleetmonError
    ├── SettingsError     the site engineer mends a settings file      (exit 78 at start)
    ├── DriverError       the driver's author mends a definition       (disables its own machines)
    └── LinkError         the machine, its cable or its network        (becomes a NoAnswer)
        └── GarbledReply  something answered, but not in its protocol  (becomes a NoAnswer)

Each carries a text for people; where a file is at fault, the text starts with ``file:line:``.
"""

from fleetmon.model.words import Silence


def in_words(error: BaseException) -> str:
    """What the system or a library says, and of which file, without the number before it (``[Errno 13]``)."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror


class FleetmonError(Exception):
    """Base of everything fleetmon raises on purpose."""


class SettingsError(FleetmonError):
    """The settings cannot be used; the text names file, line, key and what is allowed."""


class DriverError(FleetmonError):
    """A driver definition cannot be used; only its own machines suffer."""


class LinkError(FleetmonError):
    """A machine could not be asked; `why` is the word published for it, `came` the octets that came all the same."""

    def __init__(self, text: str, why: Silence = Silence.TIMEOUT, came: bytes = b"") -> None:
        super().__init__(text)
        self.why = why
        self.came = came


class GarbledReply(LinkError):
    """Something answered, but what it said breaks its protocol."""

    def __init__(self, text: str, came: bytes = b"") -> None:
        super().__init__(text, Silence.GARBLED, came)

"""Why the broker cannot be reached, as a word each: who reads the log must know whom to call.

aiomqtt raises one kind of error for everything and hides the cause inside; here it is dug out.
"""

import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from aiomqtt.exceptions import MqttConnectError, MqttError

from fleetmon.errors import FleetmonError


class Trouble(StrEnum):
    """Why there is no connection; one word for logs, status and heartbeats."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    DENIED = "denied"
    CLOSED = "closed"
    TAKEN_OVER = "taken-over"
    STUCK = "stuck"


class WireDown(FleetmonError):
    """There is no connection, or no longer; `trouble` names the kind, the text tells the rest."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


# An error of TLS or of a name is an OSError as well: the order matters.
_KINDS: Final[tuple[tuple[type[Exception], Trouble], ...]] = (
    (MqttConnectError, Trouble.DENIED),
    (ssl.SSLError, Trouble.TLS),
    (socket.gaierror, Trouble.NAME),
    (ConnectionRefusedError, Trouble.REFUSED),
    (TimeoutError, Trouble.TIMEOUT),
    (OSError, Trouble.UNREACHABLE),
)


def wire_down(error: MqttError, last_words: str) -> WireDown:
    """The kind of trouble, from whatever the library wrapped it in; `last_words` is what it complained of last."""
    causes = list(_causes(error))
    text = last_words or str(causes[-1]) or type(causes[-1]).__name__
    for kind, trouble in _KINDS:
        for cause in causes:
            if isinstance(cause, kind):
                return WireDown(trouble, str(cause) or text)
    if "taken over" in text:
        return WireDown(Trouble.TAKEN_OVER, f"{text}: another client uses our client id")
    return WireDown(Trouble.TLS if "SSL" in text else Trouble.CLOSED, text)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

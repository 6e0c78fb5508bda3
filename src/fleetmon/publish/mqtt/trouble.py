"""Why the broker cannot be reached, as a word each: who reads the log must know whom to call.

aiomqtt raises one kind of error for everything and hides the cause inside; here it is dug out.
"""

import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from aiomqtt.exceptions import MqttConnectError, MqttError

from fleetmon.errors import FleetmonError, in_words


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
    (ConnectionResetError, Trouble.CLOSED),
    (TimeoutError, Trouble.TIMEOUT),
    (OSError, Trouble.UNREACHABLE),
)
# MQTT 5 section 2.4 and what OpenSSL calls an alert: "taken over" means that somebody else uses our client id.
_WORDS: Final = (
    ("SSL", Trouble.TLS),
    ("taken over", Trouble.TAKEN_OVER),
    ("Keep alive", Trouble.TIMEOUT),
)


def wire_down(error: MqttError, last_words: str) -> WireDown:
    """The kind of trouble, from whatever the library wrapped it in; `last_words` is what it complained of last."""
    causes = list(_causes(error))
    for kind, trouble in _KINDS:
        for cause in causes:
            if isinstance(cause, kind):
                return WireDown(trouble, _text(cause) or last_words or type(cause).__name__)
    for words, trouble in _WORDS:
        if words in last_words:
            return WireDown(trouble, last_words)
    return WireDown(Trouble.CLOSED, last_words or "the connection was closed")


def _text(cause: BaseException) -> str:
    if isinstance(cause, ConnectionResetError):
        return "the other end hung up: perhaps only one of us speaks TLS (mqtts:// or mqtt://; the port)"
    return in_words(cause)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

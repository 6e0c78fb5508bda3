"""An embedded MQTT broker for the demonstration, on loopback only. Real sites use mosquitto.

It is rumqttd, which speaks MQTT 3.1.1 and MQTT 5 on different ports: the daemon needs 5, a plain `mosquitto_sub` asks
for 3.1.1.
"""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleetmon.errors import FleetmonError, in_words

_HOST = "127.0.0.1"
_USUAL_PORT = 1883
_LISTENER = """
[{version}.1]
name = "{version}"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 5000
max_payload_size = 65536
max_inflight_count = 200
dynamic_filters = true
"""
_ROUTER = """
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10
"""


class NoBroker(FleetmonError):
    """The embedded broker is not installed or does not start."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the broker listens: MQTT 5 for the daemon, MQTT 3.1.1 for plain tools."""

    v5: int
    v4: int


@contextmanager
def embedded_broker(folder: Path) -> Iterator[Ports]:
    """Run the broker as a child process; its settings file goes to `folder`."""
    try:
        from iotcore import Broker  # an extra: only the demonstration needs it
    except ImportError:
        raise NoBroker(
            "the embedded broker is not installed: pip install 'fleetmon[demo]', or name a broker: --broker mqtt://host"
        ) from None
    ports = Ports(v5=_free_port(0), v4=_free_port(_USUAL_PORT))
    file = folder / "broker.toml"
    listeners = (("v4", ports.v4), ("v5", ports.v5))
    file.write_text(_ROUTER + "".join(_LISTENER.format(version=v, host=_HOST, port=port) for v, port in listeners))
    broker = Broker(config_path=str(file))
    with _interrupts_ignored():
        try:
            broker.start()
        except (OSError, RuntimeError) as error:
            raise NoBroker(f"the embedded broker does not start: {in_words(error)}") from None
    try:
        yield ports
    finally:
        broker.stop()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """A child started now inherits this: Ctrl-C is for us to handle, and we end it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NoBroker("no port is free on loopback")

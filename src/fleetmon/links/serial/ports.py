"""Every port in use, once: machines with the same URL share it, and the last one to leave closes it."""

from dataclasses import dataclass, replace

from fleetmon.errors import SettingsError
from fleetmon.links.serial.bus import Bus
from fleetmon.links.serial.link import SerialLink
from fleetmon.links.serial.port import LineSettings, Port, PortSettings
from fleetmon.links.serial.rfc2217 import Rfc2217Port
from fleetmon.links.serial.tcp import TcpPort
from fleetmon.model.address import Address, Scheme

__all__ = ["LineSettings", "PortSettings", "Ports"]


@dataclass(slots=True)
class _Shared:
    bus: Bus
    machines: int = 0


class Ports:
    """The ports of one daemon. Nothing is opened before a machine is asked."""

    def __init__(self) -> None:
        self._shared: dict[Address, _Shared] = {}

    def link(self, address: Address, settings: PortSettings) -> SerialLink:
        """A machine at this address. SettingsError for a kind of address that is no line of bytes."""
        address = replace(address, host=address.host.lower())
        shared = self._shared.get(address)
        if shared is None:
            shared = self._shared[address] = _Shared(Bus(port_at(address)))
        shared.machines += 1
        return SerialLink(shared.bus, settings, lambda: self._leave(address))

    def close(self) -> None:
        """Close all of them, whoever has machines there."""
        for shared in self._shared.values():
            shared.bus.close()
        self._shared.clear()

    def _leave(self, address: Address) -> None:
        shared = self._shared.get(address)
        if shared is None:
            return
        shared.machines -= 1
        if not shared.machines:
            del self._shared[address]
            shared.bus.close()


def port_at(address: Address) -> Port:
    """What carries the octets there, not opened yet. SettingsError for an address that is no line of bytes."""
    match address.scheme:
        case Scheme.SERIAL:
            from fleetmon.links.serial.device import DevicePort  # brings a library that many sites never need

            return DevicePort(address.path)
        case Scheme.TCP | Scheme.MODBUS_TCP:
            return TcpPort(address.host, address.port)
        case Scheme.RFC2217:
            return Rfc2217Port(address.host, address.port)
        case _:
            raise SettingsError(f"{address.scheme.value}:// is no line of bytes")

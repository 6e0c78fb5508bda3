"""The ends of a bus that several units hang on: RTU (on a serial line, or the same bytes over TCP), and Modbus TCP.

Who is not addressed is silent, and so is everybody when the checksum is wrong or the machine is off: a master learns of
that by waiting. Modbus TCP has a gateway in between, which answers for the absent one with exception 11, and ends a
conversation that is no Modbus TCP.
"""

from collections.abc import Iterator, Sequence
from copy import copy

from fleetmon.simulators.modbus.frames import Refusal, Request, RtuStream, TcpStream, refused, rtu_frame, tcp_frame
from fleetmon.simulators.modbus.unit import Unit
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.wires.delivery import Delivery


def _by_number(units: Sequence[Unit]) -> dict[int, Unit]:
    numbers = [unit.number for unit in units]
    for number in numbers:
        if numbers.count(number) > 1:
            raise BadInput(f"unit {number} is on the bus twice")
    return dict(zip(numbers, units, strict=True))


class RtuBus:
    """Modbus RTU: a Speaker for any number of units. Raises BadInput when two have the same number."""

    def __init__(self, *units: Unit) -> None:
        self._units = _by_number(units)
        self._stream = RtuStream()

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """The answers of those who were asked; broadcasts (unit 0) are answered by nobody."""
        return list(self._answers(self._stream.feed(octets), now))

    def _answers(self, requests: Iterator[Request], now: float) -> Iterator[Delivery]:
        for request in requests:
            unit = self._units.get(request.unit)
            pdu = unit.answer(request.pdu, now) if unit else None
            if unit and pdu:
                yield from unit.vice([Delivery(unit.delay, rtu_frame(request.unit, pdu))])


class TcpBus:
    """Modbus TCP: a Speaker for a gateway with any number of units behind it, or for one unit with a socket of its own.

    Where there is only one, units 0 and 255 are that one too (Modbus on TCP V1.0b, 4.4.2.1).
    """

    def __init__(self, *units: Unit) -> None:
        self._units = _by_number(units)
        if len(units) == 1:
            self._units = {0: units[0], 255: units[0]} | self._units
        self._stream = TcpStream()

    def meet(self) -> "TcpBus":
        """The same units for another client: what one left unfinished is no beginning of the other's request."""
        fresh = copy(self)
        fresh._stream = TcpStream()
        return fresh

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """An answer to each request, the gateway's own where the unit is not there."""
        return list(self._answers(self._stream.feed(octets), now))

    def _answers(self, requests: Iterator[Request | None], now: float) -> Iterator[Delivery]:
        for request in requests:
            if request is None:
                yield Delivery(0, b"", hang_up=True)
                return
            unit = self._units.get(request.unit)
            pdu = unit.answer(request.pdu, now) if unit else None
            if unit and pdu:
                yield from unit.vice([Delivery(unit.delay, tcp_frame(request.transaction, request.unit, pdu))])
            else:
                pdu = refused(request.pdu[0], Refusal.NO_TARGET)
                yield Delivery(0, tcp_frame(request.transaction, request.unit, pdu))

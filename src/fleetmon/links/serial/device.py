"""A serial port of this computer: a UART, a USB adapter, a pty.

Opening a port must not do anything to the machine behind it. Two things do all the same. Linux raises DTR and RTS when
a port is opened, as for every program (many machines do not talk without them); by default it drops them again when
the port is closed, and some machines take that edge for a reset: so the drop is switched off (HUPCL, termios(3)), and
the lines stay as they are however often we come and go. And octets that wait in the output when a port is closed hold
up the closing for half a minute (tty_ioctl's closing_wait): they are thrown away first.

The port is locked as pyserial and others lock it (flock); who has it is asked for nothing and disturbed in nothing.
There is no thread: the event loop tells when octets have come.
"""

import asyncio
import errno
import os
import stat
from contextlib import suppress
from os.path import samestat
from pathlib import Path
from typing import Final

import serial

from fleetmon.errors import LinkError
from fleetmon.links.serial.port import LineSettings
from fleetmon.model.plan import Handshake, Parity
from fleetmon.model.words import Silence

_AT_ONCE: Final = 4096
_PTYS: Final = range(136, 144)  # major device numbers of pseudo-terminals, Linux' devices.txt
_PARITY: Final = {
    Parity.NONE: serial.PARITY_NONE,
    Parity.EVEN: serial.PARITY_EVEN,
    Parity.ODD: serial.PARITY_ODD,
}
_WHY: Final = {
    errno.EACCES: (Silence.UNAUTHORISED, "this user may not open it: it must be in group dialout (docs/install.md)"),
    errno.EPERM: (Silence.UNAUTHORISED, "this user may not open it: it must be in group dialout (docs/install.md)"),
    errno.EBUSY: (Silence.BUSY, "another program has it"),
    errno.EAGAIN: (Silence.BUSY, "another program has locked it"),
    errno.ENOENT: (Silence.PORT_GONE, "there is no such device: is the adapter plugged in?"),
    errno.EISDIR: (Silence.PORT_GONE, "that is a folder, no serial port"),
    errno.ENOTTY: (Silence.PORT_GONE, "that is no serial port"),
}


class DevicePort:
    """One `/dev/...`, by any name that leads to it."""

    is_network = False
    has_line = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._serial: serial.Serial | None = None

    def __str__(self) -> str:
        return self._path

    @property
    def is_open(self) -> bool:
        """Whether we hold what stands at the path now; an adapter that came back is another device."""
        try:
            return self._serial is not None and samestat(os.fstat(self._fd), Path(self._path).stat())
        except OSError:
            return False

    async def open(self, line: LineSettings, timeout_s: float) -> None:
        """Open, lock and set it. UNAUTHORISED, BUSY, PORT_GONE."""
        import termios

        self.close()
        port = serial.Serial(exclusive=True, timeout=0, baudrate=line.baud)
        port.rtscts = line.handshake is Handshake.RTS_CTS
        port.dsrdtr = line.handshake is Handshake.DSR_DTR
        port.xonxoff = line.handshake is Handshake.XON_XOFF
        port.stopbits = line.stop_bits
        try:
            if not _is_pty(self._path):  # which has no characters of other sizes, and says so
                port.bytesize, port.parity = line.data_bits, _PARITY[line.parity]
            port.port = self._path
            port.open()
            self._serial = port
            settings = termios.tcgetattr(port.fd)
            settings[2] &= ~termios.HUPCL
            termios.tcsetattr(port.fd, termios.TCSANOW, settings)
        except OSError as error:
            self.close()
            raise self._gone(error) from None
        except (termios.error, ValueError) as error:
            self.close()
            raise LinkError(f"{self._path} cannot be set to {line}: {error.args[-1]}", Silence.PORT_GONE) from None

    async def write(self, octets: bytes) -> None:
        """Into the kernel's buffer, which the line empties at its own speed."""
        while octets:
            try:
                octets = octets[os.write(self._fd, octets) :]
            except BlockingIOError:
                await self._until(write=True)
            except OSError as error:
                raise self._gone(error) from None

    def half_close(self) -> None:
        """A line has no such thing."""

    async def read(self) -> bytes:
        """What has come, as soon as something has."""
        await self._until(write=False)
        try:
            octets = os.read(self._fd, _AT_ONCE)
        except BlockingIOError:
            return await self.read()
        except OSError as error:
            raise self._gone(error) from None
        if not octets:  # the loop said that there is something: the adapter is unplugged, the pty's other end closed
            raise self._gone(OSError(errno.EIO, os.strerror(errno.EIO)))
        return octets

    def drain(self) -> int:
        """Read what waits in the kernel, which is never more than some kilobytes."""
        drained = 0
        try:
            while (came := len(os.read(self._fd, _AT_ONCE))) and drained < 1 << 20:
                drained += came
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._gone(error) from None
        return drained

    def close(self) -> None:
        """Also where the device is gone already."""
        import termios

        port, self._serial = self._serial, None
        if port is None:
            return
        with suppress(OSError, termios.error):
            termios.tcflush(port.fd, termios.TCIOFLUSH)
        with suppress(OSError):
            port.close()

    @property
    def _fd(self) -> int:
        if self._serial is None:
            raise LinkError(f"{self._path} is closed", Silence.PORT_GONE)
        return int(self._serial.fd)

    async def _until(self, *, write: bool) -> None:
        loop, fd = asyncio.get_running_loop(), self._fd
        ready: asyncio.Future[None] = loop.create_future()
        add, remove = (loop.add_writer, loop.remove_writer) if write else (loop.add_reader, loop.remove_reader)
        add(fd, _wake, ready)
        try:
            await ready
        finally:
            remove(fd)

    def _gone(self, error: OSError) -> LinkError:
        self.close()
        # pyserial names no number where a file will not be set as a line
        number = error.errno or errno.ENOTTY
        why, words = _WHY.get(number, (Silence.PORT_GONE, f"{error.strerror or error}: was it unplugged?"))
        return LinkError(f"{self._path}: {words}", why)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _is_pty(path: str) -> bool:
    status = Path(path).stat()
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in _PTYS

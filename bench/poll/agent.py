"""One net-snmp agent that is every machine: it answers on all addresses of a network of its own.

Its values are those of the simulated passport printer at rest, written as `override` lines, so that snmpd serves them
at C speed and no machine is slower than the product that asks it. sysUpTime moves by itself. Everybody reads with the
community `public`; `bench` may write, which is how a fault gets onto the wire.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.sheets.sheet import load_sheet
from fleetmon.simulators.snmp.printer_mib import printer_index, standard_rows
from fleetmon.simulators.snmp.rows import Tag, Value

PORT = 1161
CONTROL = "127.255.255.254"  # asked by nobody but the bench, so that a SET is told from a poll
SYSTEM = (1, 3, 6, 1, 2, 1, 1)
_UPTIME = 3
_TYPES = {
    Tag.INTEGER: "integer",
    Tag.STRING: "octet_str",
    Tag.OID: "object_id",
    Tag.COUNTER: "counter",
    Tag.GAUGE: "uinteger",
    Tag.TICKS: "timeticks",
}
_MODULES = "system_mib,sysuptime,override,vacm_conf,vacm_context,snmp_mib,usmUser"


def address(number: int) -> str:
    """The address of machine `number`, counted from 0; 250 machines to each 127.x.y.0/24."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


class Printer:
    """The objects of the machine by what the bench calls them, and its agent's settings."""

    def __init__(self) -> None:
        machine = Machine(load_sheet("passport_printer"))
        self._rows = list(standard_rows(machine))
        device = printer_index(machine)
        prt = f"1.3.6.1.2.1.43.{{}}.{device}"
        self.uptime = "1.3.6.1.2.1.1.3.0"
        self.device_status = f"1.3.6.1.2.1.25.3.2.1.5.{device}"
        self.printer_status = f"1.3.6.1.2.1.25.3.5.1.1.{device}"
        self.error_state = f"1.3.6.1.2.1.25.3.5.1.2.{device}"
        self.config_changes = prt.format("5.1.1.1")
        self.alert_counters = (prt.format("5.1.1.18"), prt.format("5.1.1.19"))
        self.life = prt.format("10.2.1.4") + ".1"
        self.supplies = ("1.3.6.1.2.1.43.11.1.1.8", "1.3.6.1.2.1.43.11.1.1.9")
        self.inputs = ("1.3.6.1.2.1.43.8.2.1.9", "1.3.6.1.2.1.43.8.2.1.10")

    @property
    def numbers(self) -> tuple[str, ...]:
        """What a fast poll asks and what is a number: for products that know nothing else."""
        status = (self.device_status, self.printer_status)
        return (self.uptime, *status, *self.alert_counters, self.config_changes, self.life)

    def configuration(self) -> str:
        """snmpd.conf."""
        head = [
            f"agentaddress udp:0.0.0.0:{PORT}",
            "rocommunity public",
            "rwcommunity bench",
            "dontLogTCPWrappersConnects yes",
        ]
        return "\n".join([*head, *self._lines()]) + "\n"

    def _lines(self) -> Iterator[str]:
        words = {1: "sysdescr", 2: "sysobjectid", 5: "sysname", 6: "syslocation"}
        for oid, value in self._rows:
            dotted = ".".join(map(str, oid))
            if oid[: len(SYSTEM)] != SYSTEM:
                yield f"override -rw .{dotted} {_TYPES[value.tag]} {_written(value)}"
            elif oid[len(SYSTEM)] in words:
                yield f"{words[oid[len(SYSTEM)]]} {_written(value).strip(chr(34))}"


def _written(value: Value) -> str:
    if isinstance(value.content, tuple):
        return "." + ".".join(map(str, value.content))
    if not isinstance(value.content, bytes):
        return str(value.content)
    if value.content.isascii() and value.content.decode("ascii").isprintable():
        return f'"{value.content.decode("ascii")}"'
    return "0x" + value.content.hex()


def start(folder: Path, printer: Printer) -> "subprocess.Popen[bytes]":
    """The agent, in the foreground."""
    settings = folder / "snmpd.conf"
    settings.write_text(printer.configuration(), encoding="utf-8")
    command = ["snmpd", "-f", "-C", "-c", str(settings), "-I", _MODULES, "-LF", "w", str(folder / "snmpd.log")]
    return subprocess.Popen(command, env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""})


def write(*changes: tuple[str, str, str]) -> None:
    """Set objects of all machines at once: OID, snmpset(1) type letter, value."""
    words = [word for change in changes for word in change]
    command = ["snmpset", "-v2c", "-c", "bench", "-On", "-m", "", f"{CONTROL}:{PORT}", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

"""The products compared: how each is told to ask the same objects of the same machines, and how it is started.

Every 5 s the objects of a fast poll, in one request a machine; every 60 s levels. What a product cannot take is left
out of its work, never added: collectd knows no octet strings and no texts, so it asks less than fleetmon does.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent import PORT, Printer, address

INTERVAL_S = 5
SLOW_S = 60


@dataclass
class Place:
    """Where the products work: a folder for their files, and the broker's port."""

    folder: Path
    machines: int
    broker: int
    printer: Printer = field(default_factory=Printer)

    def write(self, name: str, text: str) -> Path:
        """A file with this text."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        """A process that logs to a file of that name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)


class Fleetmon:
    """The full pipeline: poll, decode, monitor, outbox on disk, MQTT at QoS 1."""

    name = "fleetmon"

    def start(self, place: Place) -> "subprocess.Popen[bytes]":
        """The daemon, from nothing."""
        head = f'[site]\nid = "bench"\n[mqtt]\nurl = "mqtt://127.0.0.1:{place.broker}"\n'
        machines = "".join(
            f'[[machine]]\nid = "m{n:04}"\nsource = {{ url = "snmp://{address(n)}:{PORT}", driver = "snmp_printer" }}\n'
            for n in range(place.machines)
        )
        settings = place.write("fleetmon.toml", head + machines)
        state = place.folder / "state"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        words = ("-m", "fleetmon.cli", "run", "--settings", str(settings), "--state", str(state))
        return place.start(self.name, sys.executable, *words)


class Collectd:
    """The snmp and mqtt plugins; the numbers of a fast poll are one value list, so that one GET asks them all."""

    name = "collectd"

    def start(self, place: Place) -> "subprocess.Popen[bytes]":
        """The daemon in the foreground."""
        printer = place.printer
        sources = ", ".join(f"v{n}:GAUGE:U:U" for n in range(len(printer.numbers)))
        types = place.write("types.db", f"bench_poll {sources}\nbench_level max:GAUGE:U:U, level:GAUGE:U:U\n")
        settings = place.write("collectd.conf", "\n".join(self._settings(place, types)) + "\n")
        return place.start(self.name, "collectd", "-f", "-C", str(settings))

    def _settings(self, place: Place, types: Path) -> Iterator[str]:
        printer = place.printer
        yield from ('Hostname "bench"', "FQDNLookup false", f"Interval {INTERVAL_S}", f'BaseDir "{place.folder}"')
        yield from (f'PIDFile "{place.folder}/collectd.pid"', f'TypesDB "/usr/share/collectd/types.db" "{types}"')
        yield from ("LoadPlugin snmp", "LoadPlugin mqtt", "<Plugin mqtt>", '<Publish "bench">', 'Host "127.0.0.1"')
        yield from (f"Port {place.broker}", 'ClientId "collectd"', "</Publish>", "</Plugin>", "<Plugin snmp>")
        yield from _data("poll", "bench_poll", printer.numbers, table=False)
        yield from _data("supplies", "bench_level", printer.supplies, table=True)
        yield from _data("inputs", "bench_level", printer.inputs, table=True)
        for number in range(place.machines):
            yield from _host(f"m{number:04}", number, ("poll",), INTERVAL_S)
            yield from _host(f"m{number:04}-slow", number, ("supplies", "inputs"), SLOW_S)
        yield "</Plugin>"


def _data(name: str, type_: str, oids: tuple[str, ...], *, table: bool) -> tuple[str, ...]:
    values = " ".join(f'"{oid}"' for oid in oids)
    return (f'<Data "{name}">', f'Type "{type_}"', f"Table {str(table).lower()}", f"Values {values}", "</Data>")


def _host(name: str, number: int, collect: tuple[str, ...], interval: int) -> tuple[str, ...]:
    where = (f'<Host "{name}">', f'Address "{address(number)}:{PORT}"', "Version 2", 'Community "public"')
    return (*where, "Collect " + " ".join(f'"{each}"' for each in collect), f"Interval {interval}", "</Host>")


class Exporter:
    """prometheus-snmp-exporter, and a stand-in for Prometheus that scrapes each machine at the pace."""

    name = "snmp_exporter"
    port = 9116

    def start(self, place: Place) -> "subprocess.Popen[bytes]":
        """The exporter; nobody scrapes it yet."""
        settings = place.write("snmp.yml", "\n".join(self._settings(place.printer)) + "\n")
        where = f"--web.listen-address=127.0.0.1:{self.port}"
        return place.start(self.name, "prometheus-snmp-exporter", f"--config.file={settings}", where)

    def _settings(self, printer: Printer) -> Iterator[str]:
        fast = dict.fromkeys(printer.numbers, "gauge") | {printer.error_state: "OctetString"}
        yield from _module("fast", "get", list(fast), {oid.rpartition(".")[0]: kind for oid, kind in fast.items()})
        slow = (*printer.supplies, *printer.inputs)
        yield from _module("slow", "walk", list(slow), dict.fromkeys(slow, "gauge"))

    async def scrape(self, machines: int) -> None:
        """Scrape for ever, each machine at its own phase, over a connection of its own, as Prometheus does."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(machines):
                tasks.create_task(self._scrape_one(number, number / machines))

    async def _scrape_one(self, number: int, phase: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(1 + phase * INTERVAL_S)
        start, beat = loop.time(), 0
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while True:
            await _get(reader, writer, f"/snmp?module=fast&target={address(number)}:{PORT}")
            if (beat + number) % (SLOW_S // INTERVAL_S) == 0:
                await _get(reader, writer, f"/snmp?module=slow&target={address(number)}:{PORT}")
            beat += 1
            await asyncio.sleep(start + beat * INTERVAL_S - loop.time())


def _module(name: str, how: str, oids: list[str], metrics: dict[str, str]) -> Iterator[str]:
    yield from (f"{name}:", "  version: 2", "  auth:", "    community: public", f"  {how}:")
    yield from (f"  - {oid}" for oid in oids)
    yield "  metrics:"
    for number, (oid, kind) in enumerate(metrics.items()):
        yield from (f"  - name: {name}_{number}", f"    oid: {oid}", f"    type: {kind}", "    help: as the MIB says")
        yield "    indexes:"
        for label in ("device", "row"):
            yield from (f"    - labelname: {label}", "      type: gauge")


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"the exporter answers {head[:80]!r} to {path}")
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))


def broker(place: Place) -> "subprocess.Popen[bytes]":
    """A mosquitto that keeps nothing: its own work is not measured."""
    lines = f"listener {place.broker} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_type none\n"
    user = f"user {os.environ.get('USER', 'root')}\n"
    return place.start("mosquitto", "mosquitto", "-c", str(place.write("mosquitto.conf", lines + user)))

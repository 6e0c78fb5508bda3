"""A disk that is really full: a file system of 4 MiB of its own, filled to the last byte by somebody else."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
    import asyncio, json, os, subprocess, sys
    from pathlib import Path
    sys.path[:0] = [sys.argv[1], sys.argv[1] + "/src"]
    from fleetmon.clock import Clock
    from fleetmon.model.messages import Record
    from fleetmon.publish.outbox import Limits, Outbox
    from tests.publish.peers import an_event

    disk = Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "fleetmon-test", disk], check=True)

    def fill():
        with (disk / "somebody-else").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                return

    def open_outbox():
        return Outbox.open(disk / "site.db", site="demo", clock=Clock(), limits=Limits(cap_bytes=2**21))

    async def everything(outbox):
        rows, after = {}, 0
        while page := await outbox.pending(after):
            rows |= {row.seq: json.loads(row.body) for row in page}
            after = page[-1].seq
        return rows

    async def main():
        outbox = await open_outbox()
        committed, number, unwritten = 0, 0, 0
        for round_ in range(5):
            for _ in range(20):
                number += 1
                committed = await outbox.commit([an_event(number, size=2000)], [Record("n", "n", b"%d" % number)])
            fill()
            refused = 0
            while refused < 30:
                before = outbox.figures.unwritten
                number += 1
                await outbox.commit([an_event(number, size=2000)], [Record("n", "n", b"%d" % number)])
                refused += outbox.figures.unwritten - before
            unwritten += refused
            await outbox.acknowledge("broker", 1)
            await outbox.tidy()
            if round_ == 2:  # the process ends while the disk is full, and one begins while it is
                await outbox.close()
                outbox = await open_outbox()
            os.remove(disk / "somebody-else")
            await outbox.commit([], [Record("again", str(round_), b"1")])
            await outbox.acknowledge("broker", round_)
        rows, figures = await everything(outbox), outbox.figures
        record = (await outbox.records("n"))["n"]
        await outbox.close()
        print(json.dumps({"made": number, "unwritten": unwritten, "rows": rows, "head": figures.head,
                          "acked": figures.acked, "record": record.decode()}))

    asyncio.run(main())
    """


def test_a_really_full_disk_costs_what_it_refused_and_nothing_else(tmp_path: Path) -> None:
    """Filled five times under database and state file alike, once across a restart: every event is there or counted.

    Commits never raise, records are written as soon as there is room, and it all recovers by itself.
    """
    in_a_room = ["unshare", "--mount", "--propagation", "private"]
    if os.geteuid() or subprocess.run([*in_a_room, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs root and a mount namespace of its own (unshare --mount)")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*in_a_room, sys.executable, "-c", textwrap.dedent(PROGRAM), ROOT, disk]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.splitlines()
    found = json.loads(next(line for line in told if line.startswith('{"made"')))
    gaps = [event["data"] for event in found["rows"].values() if event["type"] == "fleetmon.gap.v1"]
    kept = [event["data"]["number"] for event in found["rows"].values() if event["type"] != "fleetmon.gap.v1"]
    assert {gap["loss"] for gap in gaps} == {"unwritable"}
    assert sum(gap["count"] for gap in gaps) == found["unwritten"] >= 150
    assert len(kept) + found["unwritten"] == found["made"]
    assert kept == sorted(set(kept))
    folded = {seq for gap in gaps for first, last in gap["ranges"] for seq in range(first, last + 1)}
    assert {int(seq) for seq in found["rows"]} | folded == set(range(1, found["head"] + 1))
    assert found["acked"] == 4
    assert int(found["record"]) in {found["made"], *kept}

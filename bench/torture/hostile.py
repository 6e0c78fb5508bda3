"""T11, T14: whatever anybody sends, and a broker whose administrator has made a mistake.

Malformed messages go to the daemon, below its `down/`, and to the consumer. None of them is a valid confirmation of
something that is not stored: who may write that is the broker's business, as `config/mosquitto.example.conf` shows.
"""

import json
import random
import signal
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from .books import books
from .ground import Ground, look, require, until
from .report import Result
from .watch import Watch

DOWN = "ack/test ack/ ack/test/test cmd/refresh cmd/replay cmd/resync cmd/nonsense work x".split()
VALUES: tuple[object, ...] = (
    *(None, True, -1, 0, 1.5, 10**30, [], {}, [[]], {"data": 1}),
    *("", "x", "-1", "1e3", "9" * 5000, "\u0663", "\u202e", "\ud7ff"),
)
WORDS = (
    *(b"NaN", b"-Infinity", b"1e999", b"null", b"{}", b"", b'"'),
    *(b"\xff\xfe", b"\x00", b"[" * 30000, b'{"a":' * 10000),
)


def malformed(chance: random.Random, valid: dict[str, object]) -> bytes:
    """`valid`, harmed in one of the ways that were ever seen in the field, and some more."""
    harmed: dict[str, object] = dict(valid)
    key = chance.choice(sorted(valid))
    whole = json.dumps(valid).encode()
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: whole[: chance.randrange(len(whole))],
        lambda: _flip(whole, chance),
        lambda: chance.choice(WORDS),
        lambda: json.dumps({**harmed, key: chance.choice(VALUES)}).encode(),
        lambda: json.dumps({k: v for k, v in harmed.items() if k != key}).encode(),
        lambda: whole.replace(b'"', b"'"),
        lambda: whole[:-1] + b"," + whole[1:],
        lambda: whole + b" " * (64 * 1024 + 1 - len(whole)),
        lambda: whole.replace(json.dumps(valid[key]).encode(), chance.choice(WORDS), 1),
        lambda: chance.randbytes(chance.randrange(200)),
        lambda: json.dumps([valid]).encode(),
    )
    return chance.choice(ways)()


def _flip(whole: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(whole))
    return whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]


async def malformed_messages(folder: Path, count: int, seed: int) -> Result:
    """T11: so many to each; both live on, what cannot be read is put aside, and the stream goes on."""
    chance = random.Random(seed)
    async with Ground(folder, count=10) as ground:
        ground.machines.tell("flap", 1)
        await ground.start()
        began = [process.running for process in (ground.daemon, ground.consumer)]
        async with aiomqtt.Client("127.0.0.1", ground.port, protocol=aiomqtt.ProtocolVersion.V5) as attacker:
            for number in range(count):
                await _attack(attacker, ground, chance)
                if number % 100 == 0:
                    await ground.settled(20)
        head = ground.head()
        await until(lambda: ground.upto() > head, 20, "the stream goes on")
        running = [process.running for process in (ground.daemon, ground.consumer)]
        require(running == began and ground.daemon.alive and ground.consumer.alive, "nobody has died of it")
        require(not [line for line in ground.daemon.said if "Traceback" in str(line)], "no traceback")
        ((dead,),) = look(ground.stored, "SELECT count(*) FROM dead_letter")
        require(int(str(dead)) > count // 3, f"dead letters are kept: {dead}")
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(found.balanced, f"malformed {2 * count} dead letters {dead} {found}")


async def _attack(attacker: aiomqtt.Client, ground: Ground, chance: random.Random) -> None:
    """One message to the daemon and one to the consumer."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ResponseTopic = chance.choice(("x", "fleetmon/v1/torture/down/ack/test", "fleetmon/v1/other/up/event"))
    properties.CorrelationData = chance.randbytes(chance.randrange(70))
    down = f"fleetmon/v1/{ground.site}/down/{chance.choice(DOWN)}"
    body = malformed(chance, _confirmation(ground) if "/ack" in down else _command())
    if not _confirms(body):
        await attacker.publish(down, body, qos=1, retain=False, properties=properties)
    site = chance.choice((ground.site, "intruder"))
    await attacker.publish(f"fleetmon/v1/{site}/up/event", malformed(chance, _event()), qos=1)


def _confirmation(ground: Ground) -> dict[str, object]:
    return {"stream": str(ground.committed()[0][0]), "upto": 10**12}


def _confirms(body: bytes) -> bool:
    """Whether it would be believed, being well-formed by chance."""
    try:
        upto = int(json.loads(body)["upto"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return False
    return 0 < upto < 10**9


def _command() -> dict[str, object]:
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    told: dict[str, object] = {"cmd_id": str(uuid.uuid4()), "who": "torture", "why": "torture", "not_after": later}
    return told | {"machine": "m0", "from": 1, "to": 10}


def _event() -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "x:1",
        "source": "urn:fleetmon:site:intruder",  # the site under test is not spoken for: that is for the broker to see
        "type": "fleetmon.fault.raised.v1",
        "subject": "m0",
        "time": "2026-11-22T01:02:03.456Z",
        "stream": "00000000-0000-0000-0000-000000000000",
        "seq": "1",
        "data": {"ranges": [[1, 1000]]},
    }


ALLOWED = "topic readwrite fleetmon/#\n"


async def denied(folder: Path, short: bool) -> Result:
    """T14: the broker refuses what the site publishes, first its events, then everything; nothing is forgotten."""
    rules, figures = folder / "acl", []
    folder.mkdir(parents=True)
    rules.write_text(ALLOWED)
    lines = f"allow_anonymous true\nacl_file {rules}\n"
    async with Ground(folder, count=10, broker_lines=lines) as ground, Watch(ground.port, ground.site) as watch:
        ground.machines.tell("flap", 1)
        await ground.start()
        for topic in ("event",) if short else ("event", "#"):
            rules.write_text(f"topic deny fleetmon/v1/{ground.site}/up/{topic}\n{ALLOWED}")
            ground.broker.signal(signal.SIGHUP)
            head, began, upto = ground.head(), time.monotonic(), ground.upto()
            await until(lambda watch=watch, began=began: _alarm(ground, watch, began), 60, "somebody is told")  # type: ignore[misc]
            alarm_s = time.monotonic() - began
            await until(lambda head=head: ground.head() > head + 100, 30, "events are still committed")  # type: ignore[misc]
            require(ground.upto() <= head, f"nothing passes: {upto} -> {ground.upto()}")
            ((kept,),) = ground.committed("SELECT count(*) FROM event")
            require(int(str(kept)) >= ground.head() - 1, "nothing is deleted")
            rules.write_text(ALLOWED)
            ground.broker.signal(signal.SIGHUP)
            settle_s = await ground.settled(40)
            figures.append(f"up/{topic}: alarm {alarm_s:.1f}s settled {settle_s:.1f}s")
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    return Result(found.balanced, f"{'; '.join(figures)}; {found}")


def _alarm(ground: Ground, watch: Watch, since: float) -> bool:
    """The log says what is refused, and a monitoring room sees it: in the heartbeat, or by not hearing any."""
    logged = any(line.get("event") == "the broker refuses what we publish" for line in ground.daemon.said)
    beats = [each for each in watch.states("heartbeat") if each.at > since]
    refused = bool(beats) and beats[-1].data["refused"] > 0
    missing = not beats and watch.picture is not None and watch.picture.presence == "lost"
    return logged and (refused or missing)

"""The uplink against a real mosquitto: order, content, retained topics, outages, refusals, farewell and will."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.model.messages import Json, View
from fleetmon.publish.mqtt import UplinkPlan
from fleetmon.publish.outbox import Outbox

from .conftest import Read
from .peers import Broker, Reader, an_event, free_port, until
from .sites import Site, a_site

PROMISE_S = 10.0  # a broker that comes back empty has every retained topic again within this time


async def test_events_arrive_once_in_order_with_the_bytes_that_were_stored(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """300 events, some before the connection and some after: QoS 1, ascending, byte for byte, and then confirmed."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan) as site:
        await site.commit(*range(150))
        await site.connected()
        await asyncio.gather(*(site.commit(n) for n in range(150, 300)))
        stored = [row for after in (0, 100, 200) for row in await site.outbox.pending(after)]
        await until(lambda: len(reader.under("/up/event")) >= 300, "300 events read")
        await site.confirmed(300)
        heard = reader.under("demo/up/event")
    assert [each.payload for each in heard] == [row.body.decode() for row in stored]
    assert not any(each.retained for each in heard)


async def test_a_new_reader_finds_the_present_in_the_retained_topics(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Session, heartbeat, inventory and state are retained, events are not; the session names stream and boot."""
    broker.start()
    async with a_site(
        tmp_path, replace(plan, heartbeat_s=5.0), {"state/prn-1": {"state": "idle"}, "inventory": {"site": "demo"}}
    ) as site:
        await site.connected()
        seq = await site.commit(1, 2)
        site.show("state/prn-1", {"state": "stopped"})
        await site.confirmed(2)
        await site.uplink._sender.flushed()  # type: ignore[union-attr]
        reader = await read()
        await until(lambda: len(reader.latest()) >= 4, "four retained topics")
        latest = {each.topic: each for each in reader.heard if each.retained}
        assert sorted(latest) == [
            f"fleetmon/v1/demo/up/{topic}" for topic in ("heartbeat", "inventory", "session", "state/prn-1")
        ]
        state = latest["fleetmon/v1/demo/up/state/prn-1"]
        assert state.data == {"state": "stopped", "as_of_seq": seq}
        session = latest["fleetmon/v1/demo/up/session"].data
        assert (session["state"], session["session"]) == ("online", 1)
        assert session["stream"] == site.outbox.origin.stream
        assert session["bootid"] == site.clock.now().boot
        assert session["heartbeat_s"] == 5.0


async def test_a_site_may_start_without_its_broker(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Events committed while nobody listened arrive once somebody does; the outage took two lines of the log."""
    with capture_logs() as logs:
        async with a_site(tmp_path, plan) as site:
            await site.commit(*range(10))
            await until(lambda: logs, "the outage is said")
            broker.start()
            reader = await read()
            await site.confirmed(10)  # by the broker, whether the reader was there already or not
            await site.commit(*range(10, 20))
            await until(lambda: len(reader.under("/up/event")) >= 10, "ten events read")
    assert [(line["event"], line.get("why")) for line in logs] == [("no uplink", "refused"), ("uplink is back", None)]
    assert logs[1]["after_s"] >= 0


async def test_a_broker_that_comes_back_empty_has_everything_again_within_ten_seconds(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Killed and restarted without its memory, with the patience of a real site: every retained topic is right."""
    patient = UplinkPlan(plan.site, plan.host, plan.port)
    shown: dict[str, dict[str, Json]] = {f"state/prn-{n}": {"state": "idle", "n": n} for n in range(200)}
    broker.start()
    async with a_site(tmp_path, patient, shown) as site:
        await site.connected()
        await site.commit(1)
        await site.confirmed(1)
        broker.kill()
        await site.connected(False)
        site.show("state/prn-7", {"state": "stopped", "n": 7})
        await site.commit(2)
        broker.start()
        reader = await read()
        took = await until(lambda: len(reader.latest()) >= 203, "all topics again", PROMISE_S)
        states = {each.topic: each.data for each in reader.heard if "/state/" in each.topic}
        assert states["fleetmon/v1/demo/up/state/prn-7"]["state"] == "stopped"
        assert all(states[f"fleetmon/v1/demo/up/{topic}"]["n"] == data["n"] for topic, data in shown.items())
        assert [each.data["number"] for each in reader.under("/up/event")] in ([2], [1, 2])
        assert took < PROMISE_S


async def test_a_broker_that_is_restarted_properly_loses_nothing(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Three times stopped and started amid a stream of events: with its memory kept, its word is enough."""
    broker.persistent = True
    broker.start()
    reader = await read("fleetmon/#", "-c", "-i", "reader", "-x", "600")
    async with a_site(tmp_path, plan) as site:
        for n in range(3):
            await commit_many(site, n * 250, 200)
            broker.stop()
            await commit_many(site, n * 250 + 200, 50)
            broker.start()
        await site.confirmed(750)
        await until(lambda: len(first_heard(reader)) >= 750, "all read")
    assert first_heard(reader) == list(range(1, 751))


async def test_a_broker_killed_without_its_memory_loses_nothing_once_a_consumer_counts(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Killed three times and back empty, what it had acknowledged is gone; the consumer's word brings it all again."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan, consumers=("hq",)) as site:
        collecting = asyncio.create_task(collect(reader, site.outbox))
        for n in range(3):
            await commit_many(site, n * 250, 200)
            broker.kill()
            await commit_many(site, n * 250 + 200, 50)
            broker.start()
        await site.confirmed(750)
        collecting.cancel()
    assert sorted(first_heard(reader)) == list(range(1, 751))


async def commit_many(site: Site, first: int, count: int) -> None:
    for n in range(first, first + count):
        await site.commit(n)


def first_heard(reader: Reader) -> list[int]:
    """The sequences of events as they arrived, without repetitions."""
    return list(dict.fromkeys(int(str(each.envelope["seq"])) for each in reader.under("/up/event")))


async def collect(reader: Reader, outbox: Outbox) -> None:
    """The smallest possible collector: what it has without a hole it confirms."""
    upto = 0
    while True:
        have = set(first_heard(reader))
        while upto + 1 in have:
            upto += 1
        await outbox.acknowledge("hq", upto)
        await asyncio.sleep(0.02)


async def test_a_denied_event_is_never_confirmed_and_is_said_once(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """The broker's rules forbid events: nothing is confirmed, one line says so; when they are mended all arrive."""
    rules = broker.folder / "acl"
    rules.write_text("topic write fleetmon/v1/demo/up/session\ntopic read fleetmon/#\n")
    broker.settings = ("allow_anonymous true", f"acl_file {rules}")
    broker.start()
    reader = await read()
    with capture_logs() as logs:
        async with a_site(tmp_path, replace(plan, heartbeat_s=60.0)) as site:
            await site.commit(1, 2, 3)
            refused = "the broker refuses what we publish"
            await until(lambda: any(line["event"] == refused for line in logs), "the refusal is said")
            await asyncio.gather(*(site.commit(n) for n in range(4, 10)))
            assert site.outbox.figures.acked == 0
            assert reader.under("/up/event") == []
            assert site.uplink.status.refusal == "event: Not authorized"
            assert site.uplink.status.refused >= 1
            rules.write_text("topic readwrite fleetmon/#\n")
            broker.reload()
            await site.confirmed(9)
            await until(lambda: len(reader.under("/up/event")) >= 9, "all nine read")
            await until(lambda: site.uplink.status.refused == 0, "nothing is refused any more")
            assert site.uplink.session == 1, "without a new connection"
    said = [line for line in logs if line["event"] == refused]
    assert [(line["topic"], line["reason"]) for line in said if "event" in line["topic"]] == [
        ("fleetmon/v1/demo/up/event", "Not authorized")
    ]
    assert len(logs) <= 3


async def test_a_polite_end_flushes_and_says_offline(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Whatever was committed before the end is sent and confirmed; the session then says offline, and stays so."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan) as site:
        await site.connected()
        await site.commit(*range(200))
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        assert outbox.figures.acked == 200
    await until(lambda: len(reader.under("/up/event")) >= 200, "all flushed")
    await until(lambda: reader.under("/session")[-1].data["state"] == "offline", "offline is said")
    assert [each.data["state"] for each in reader.under("/session")] == ["online", "offline"]


async def test_ending_without_a_broker_does_not_take_long(plan: UplinkPlan, tmp_path: Path) -> None:
    """With nobody to say goodbye to, the end is immediate and what was not sent waits for the next start."""
    async with a_site(tmp_path, plan) as site:
        await site.commit(1)
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        assert [row.seq for row in await outbox.pending(outbox.figures.acked)] == [1]


async def test_the_broker_says_lost_when_a_site_vanishes(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A daemon that ends without a word: after the delay its will is there, with the number of that session."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, replace(plan, will_delay_s=1)) as site:
        await until(lambda: reader.under("/session"), "online")
        site.running.cancel()
        with suppress(asyncio.CancelledError):
            await site.running
        await until(lambda: reader.under("/session")[-1].data["state"] == "lost", "the will")
    assert [(each.data["state"], each.data["session"]) for each in reader.under("/session")] == [
        ("online", 1),
        ("lost", 1),
    ]


async def test_a_short_interruption_is_not_said_to_be_a_loss(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A connection that breaks and is back within the will's delay: the session goes on, with a higher number."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, replace(plan, will_delay_s=30)) as site:
        await until(lambda: reader.under("/session"), "the first session")
        site.uplink._sender._wire.abandon()  # type: ignore[union-attr]
        await until(lambda: len(reader.under("/session")) >= 2, "a second session")
        await site.commit(1)
        await site.confirmed(1)
        states = [(each.data["state"], each.data["session"]) for each in reader.under("/session")]
    assert states == [("online", 1), ("online", 2)]


async def test_the_session_counter_survives_a_restart(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """Each connection has a higher number than any before it, so that an old will cannot look newer."""
    broker.start()
    reader = await read()
    for _ in range(3):
        async with a_site(tmp_path, plan) as site:
            await site.connected()
    await until(lambda: len(reader.under("/session")) >= 6, "three sessions")
    numbers = [each.data["session"] for each in reader.under("/session") if each.data["state"] == "online"]
    assert numbers == sorted(set(numbers))  # type: ignore[type-var]


async def test_views_are_conflated_but_the_last_one_always_arrives(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A thousand changes in one go: far fewer messages, never an older one after a newer one, the last one last."""
    broker.start()
    reader = await read("fleetmon/v1/demo/up/state/#")
    async with a_site(tmp_path, plan) as site:
        await site.connected()
        for n in range(1000):
            site.show("state/prn-1", {"n": n})
        await until(lambda: reader.heard and reader.heard[-1].data["n"] == 999, "the last change")
    numbers = [each.data["n"] for each in reader.heard]
    assert numbers == sorted(numbers)  # type: ignore[type-var]
    assert len(numbers) < 10


async def test_what_is_decommissioned_is_emptied_even_across_a_restart(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A machine taken out under way, and one taken out while the daemon was down: both retained topics are emptied."""
    broker.start()
    machines: dict[str, dict[str, Json]] = {f"state/prn-{n}": {"state": "idle"} for n in (1, 2, 3)}
    async with a_site(tmp_path, plan, machines) as site:
        await site.connected()
        site.show("state/prn-1", None)
    async with a_site(tmp_path, plan, {"state/prn-3": {"state": "idle"}}) as site:
        await site.connected()
    reader = await read("fleetmon/v1/demo/up/#")
    await until(lambda: reader.under("/session"), "the retained topics")
    await until(lambda: reader.under("prn-3"), "the machine that is left")
    kept = {each.topic.rpartition("/")[2] for each in reader.heard} - {"heartbeat"}  # it comes when its time has come
    assert kept == {"prn-3", "session"}
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        assert sorted(await outbox.records("retained")) == ["state/prn-3"]


async def test_a_reply_is_sent_once_and_not_kept(broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path) -> None:
    """A view that is not retained goes out in order, each one, and is not repeated after a new connection."""
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan) as site:
        await site.connected()
        for n in range(3):
            view = View("reply/desk", "fleetmon.reply.v1", None, site.clock.now(), {"n": n}, retain=False)
            site.views.put(view, 0)
        await until(lambda: len(reader.under("/reply/desk")) >= 3, "three replies")
        site.uplink._sender._wire.abandon()  # type: ignore[union-attr]
        await until(lambda: len(reader.under("/session")) >= 2, "a second session")
        await site.commit(1)
        await site.confirmed(1)
    assert [each.data["n"] for each in reader.under("/reply/desk")] == [0, 1, 2]


async def test_what_a_broker_will_not_take_is_not_sent_at_it_again_and_again(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A broker that announces a small packet size: the large view is refused here, said once, the connection stays."""
    broker.settings = ("allow_anonymous true", "max_packet_size 8192")
    broker.start()
    reader = await read()
    with capture_logs() as logs:
        async with a_site(tmp_path, plan, {"state/large": {"console": "x" * 20_000}, "state/small": {}}) as site:
            await site.connected()
            await until(lambda: reader.under("small"), "the small one")
            await site.commit(1)
            await site.confirmed(1)
    assert ["(8192)" in line["reason"] for line in logs if "refuses" in line["event"]] == [True]
    assert len(reader.under("/session")) == 2
    assert reader.under("large") == []


async def test_a_broker_that_wants_one_message_at_a_time_gets_them_so(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """A receive maximum of 1 (MQTT 5, 3.2.2.3.3): slow, but views and events all arrive."""
    broker.settings = ("allow_anonymous true", "max_inflight_messages 1")
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan, {f"state/prn-{n}": {} for n in range(5)}) as site:
        await site.commit(*range(30))
        await site.confirmed(30)
        await until(lambda: len(reader.under("/up/event")) >= 30, "all read")
        await until(lambda: len([each for each in reader.heard if "/state/" in each.topic]) >= 5, "all views")
        assert site.uplink.session == 1


async def test_what_is_asked_of_us_arrives(broker: Broker, plan: UplinkPlan, tmp_path: Path) -> None:
    """Topics below our `down/` are subscribed when wanted, and what comes is handed on with its properties: that it is
    retained too, also when it is new.
    """
    broker.start()
    async with a_site(tmp_path, replace(plan, subscriptions=("ack/+", "cmd/#"))) as site:
        await site.connected()
        sent = ("fleetmon/v1/demo/down/cmd/ping", "-m", "{}", "-D", "publish", "response-topic", "there", "-r")
        deadline = asyncio.get_running_loop().time() + 10
        while not site.inbound and asyncio.get_running_loop().time() < deadline:
            process = await asyncio.create_subprocess_exec(
                "mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", *sent
            )
            await process.wait()
        told = site.inbound[0]
    assert (told.topic, told.payload, told.response_topic) == ("fleetmon/v1/demo/down/cmd/ping", b"{}", "there")
    assert [each.retained for each in site.inbound] == [True] * len(site.inbound)


async def test_of_what_stands_only_the_latest_is_heard_and_whether_it_is_old(
    broker: Broker, plan: UplinkPlan, tmp_path: Path
) -> None:
    """Retained and new is new; told again at the next connect it is old; what came meanwhile did not wait for us."""
    broker.start()
    standing = replace(plan, standing=("work", "work/+"))

    async def publish(body: str, *more: str) -> None:
        told = ("-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", "fleetmon/v1/demo/down/work/l", "-m", body)
        process = await asyncio.create_subprocess_exec("mosquitto_pub", *told, *more)
        assert await process.wait() == 0

    def heard(site: Site) -> list[tuple[bytes, bool]]:
        return [(each.payload, each.retained) for each in site.inbound]

    await publish("first", "-r")
    async with a_site(tmp_path, standing) as site:
        await until(lambda: heard(site) == [(b"first", True)], "old")
        await publish("second", "-r")
        await until(lambda: heard(site)[1:] == [(b"second", False)], "new")
    await publish("missed")
    async with a_site(tmp_path, standing) as site:
        await until(lambda: heard(site) == [(b"second", True)], "old by now")
        await publish("third")
        await until(lambda: heard(site)[1:] == [(b"third", False)], "and nothing between them")


async def test_a_backlog_does_not_hold_up_the_present(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path
) -> None:
    """2 000 events wait at the connect: the state is there first, and a change overtakes what still waits."""
    broker.start()
    reader = await read()
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        await outbox.commit([an_event(n) for n in range(2000)])
    async with a_site(tmp_path, plan, {"state/prn-1": {"state": "idle"}}) as site:
        await site.connected()
        await until(lambda: len(reader.under("/up/event")) >= 500, "the backlog drains")
        site.show("state/prn-1", {"state": "stopped"})
        sent_at_change = len(reader.under("/up/event"))
        await until(lambda: len(reader.under("prn-1")) >= 2, "the change is seen")
        place = [each.topic.rpartition("/")[2] for each in reader.heard]
        assert place.index("prn-1") < 200
        assert site.outbox.figures.acked < 2000
        assert len(reader.under("/up/event")) - sent_at_change < 1000
        await site.confirmed(2000)


def answers(*packets: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """Somebody who says these packets after the first one he hears, and nothing ever after."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        for packet in packets:
            writer.write(packet)
        while await reader.read(4096):
            pass
        writer.close()

    return talk


CONNACK = bytes.fromhex("2003000000")


async def test_a_broker_that_stops_answering_is_left(plan: UplinkPlan, tmp_path: Path) -> None:
    """It accepts the connection and never confirms an event: after some patience a new connection is made."""
    server = await asyncio.start_server(answers(CONNACK), "127.0.0.1", plan.port)
    with capture_logs() as logs:
        async with server, a_site(tmp_path, plan) as site:
            await site.commit(1)
            await until(lambda: any(line.get("why") == "stuck" for line in logs), "the silence is noticed")
            await until(lambda: site.uplink._session >= 3, "a new connection")
            assert site.outbox.figures.acked == 0
            site.running.cancel()


async def test_a_connection_that_is_not_accepted_times_out(plan: UplinkPlan, tmp_path: Path) -> None:
    """Somebody listens but says nothing: the log says time-out."""
    server = await asyncio.start_server(answers(), "127.0.0.1", plan.port)
    with capture_logs() as logs:
        async with server, a_site(tmp_path, replace(plan, timeout_s=0.2)):
            await until(lambda: logs, "said")
    assert logs[0]["why"] == "timeout"


async def test_a_connection_that_is_closed_before_it_is_accepted_fails_at_once(
    plan: UplinkPlan, tmp_path: Path
) -> None:
    """A proxy without its broker accepts and closes: said as closed, long before the time-out."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", plan.port)
    with capture_logs() as logs:
        async with server, a_site(tmp_path, replace(plan, timeout_s=30.0)):
            assert await until(lambda: logs, "said") < 10
    assert logs[0]["why"] == "closed"


async def test_a_wrong_password_is_said_as_the_broker_says_it(broker: Broker, plan: UplinkPlan, tmp_path: Path) -> None:
    """CONNACK with a reason: the log names it, once, however often it is tried."""
    passwords = broker.folder / "passwords"
    passwords.write_text("")
    broker.settings = ("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    with capture_logs() as logs:
        async with a_site(tmp_path, replace(plan, backoff_cap_s=0.02)) as site:
            await until(lambda: site.uplink._backoff._attempts >= 5, "several attempts")
    assert [(line["why"], "Not authorized" in line["text"]) for line in logs] == [("denied", True)]


async def test_an_unknown_name_is_said_as_such(
    plan: UplinkPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host name does not resolve, or could not be one."""
    import socket

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with capture_logs() as logs:
        async with a_site(tmp_path, replace(plan, host="broker.example")):
            await until(lambda: logs, "said")
    assert (logs[0]["why"], logs[0]["text"]) == ("name", "Name or service not known")


async def test_a_second_client_with_our_name_is_noticed(plan: UplinkPlan, tmp_path: Path) -> None:
    """A broker that says goodbye with "session taken over" (MQTT 5, 0x8E): the log says so, not merely "closed"."""
    server = await asyncio.start_server(answers(CONNACK, bytes.fromhex("e0018e")), "127.0.0.1", plan.port)
    with capture_logs() as logs:
        async with server, a_site(tmp_path, plan) as site:
            await until(lambda: any(line.get("why") for line in logs), "said")
            site.running.cancel()
    assert (logs[1]["why"], logs[1]["text"]) == ("taken-over", "Session taken over")


async def test_a_black_hole_is_noticed_by_the_keepalive(plan: UplinkPlan, tmp_path: Path) -> None:
    """The far end accepts and is never heard again: the connection is given up within twice the keepalive."""
    server = await asyncio.start_server(answers(CONNACK), "127.0.0.1", plan.port)
    with capture_logs() as logs:
        async with server, a_site(tmp_path, replace(plan, keepalive_s=2, patience_s=60.0)) as site:
            await until(lambda: any(line.get("why") for line in logs), "said", 5.0)
            site.running.cancel()
    assert (logs[1]["why"], logs[1]["text"]) == ("timeout", "Keep alive timeout")


async def test_without_its_hooks_the_library_still_delivers(
    broker: Broker, plan: UplinkPlan, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a later aiomqtt not call our callback any more: reason codes are missed, events are not."""
    monkeypatch.setattr("fleetmon.publish.mqtt.client.Client.sees_reasons", False)
    broker.start()
    reader = await read()
    async with a_site(tmp_path, plan) as site:
        await site.commit(*range(50))
        await site.confirmed(50)
        await until(lambda: len(reader.under("/up/event")) >= 50, "all read")
    assert [json.loads(each.payload)["seq"] for each in reader.under("/up/event")] == [str(n) for n in range(1, 51)]


async def test_a_free_port_is_free() -> None:
    """The port the tests begin with is nobody's: a refused connection means that the broker is not there yet."""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", free_port())

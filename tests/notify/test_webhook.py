"""Alerts reach a webhook from the outbox, signed, in order, at least once; what never can is told as a gap."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.model.messages import Event, EventClass
from fleetmon.model.report import At
from fleetmon.notify.cursor import KIND, Cursor, begin, forgotten
from fleetmon.notify.posting import Target
from fleetmon.notify.signing import key, signed
from fleetmon.notify.webhook import Webhook
from fleetmon.publish.outbox import BROKER, Limits, Outbox
from fleetmon.secret import Secret
from fleetmon.settings import HttpUrl

from .peers import Heard, Service, alert_event, until

SECRET = Secret("a test", "correct horse battery staple")
AT = At(1_800_000_000.0, 10.0, "boot-1")


def a_count(size: int = 0) -> Event:
    return Event(EventClass.COUNT, "fleetmon.production.counted.v1", "prn1", AT, {"filling": "x" * size})


def webhook(service: Service, outbox: Outbox, **more: Any) -> Webhook:
    url = HttpUrl("127.0.0.1", service.port, tls=False, path="/hook")
    return Webhook(Target(url, **more), SECRET, outbox, Clock())


@asynccontextmanager
async def running(hook: Webhook, settle: bool = True) -> AsyncIterator[Webhook]:
    """The webhook at work; without `settle` it ends as in a crash."""
    task = asyncio.create_task(hook.run())
    await until(lambda: hook._cursor.stream, "it has begun")
    yield hook
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if settle:
        await hook.settle()


async def committed(outbox: Outbox, hook: Webhook | None, *events: Event) -> None:
    """As the site does it: commit, then tell."""
    await outbox.commit(events)
    for event in events:
        if hook:
            hook.hear(event)


@asynccontextmanager
async def opened(folder: Path, limits: Limits) -> AsyncIterator[Outbox]:
    async with await Outbox.open(folder / "tight.db", site="demo", clock=Clock(), limits=limits) as outbox:
        yield outbox


def numbers(service: Service) -> list[int]:
    return [body["data"]["alert"]["rev"] for body in service.bodies]


def verified(heard: Heard, secret: bytes) -> bool:
    """As a receiver does it, from the three headers alone (Standard Webhooks)."""
    content = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    code = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return f"v1,{code}" in heard.headers["webhook-signature"].split(" ")


async def test_alerts_arrive_in_order_as_the_broker_has_them(service: Service, outbox: Outbox) -> None:
    """The very bytes of the outbox, signed, each under its id; what is no alert is not sent."""
    async with running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(1), a_count(), alert_event(2))
        await committed(outbox, hook, alert_event(3))
        await until(lambda: len(service.heard) == 3, "three alerts arrive")
    rows = {row.seq: row.body for row in await outbox.pending(0)}
    assert [each.body for each in service.heard] == [rows[1], rows[3], rows[4]]
    assert [each.headers["webhook-id"] for each in service.heard] == [f"{outbox.origin.stream}:{n}" for n in (1, 3, 4)]
    assert {each.headers["content-type"] for each in service.heard} == {"application/cloudevents+json"}
    assert all(verified(each, b"correct horse battery staple") for each in service.heard)
    assert abs(int(service.heard[0].headers["webhook-timestamp"]) - time.time()) < 60
    assert service.heard[0].target == "/hook"
    assert hook.reach.status()["taken"] == 3


async def test_a_restart_neither_loses_nor_repeats(service: Service, outbox: Outbox) -> None:
    """What was committed while nobody sent is sent at the next start, and nothing else."""
    async with running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(1))
        await until(lambda: service.heard, "the first arrives")
    await committed(outbox, None, alert_event(2), a_count(), alert_event(3))
    async with running(webhook(service, outbox)):
        await until(lambda: len(service.heard) == 3, "the others arrive")
    async with running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(4))
        await until(lambda: len(service.heard) == 4, "and one more")
    assert numbers(service) == [1, 2, 3, 4]


async def test_a_crash_repeats_under_the_same_id(service: Service, outbox: Outbox) -> None:
    """What was taken but not yet written down comes again, and can be told by its id."""
    async with running(webhook(service, outbox)):
        pass
    await committed(outbox, None, alert_event(1), alert_event(2))
    service.answers = [200, 500, 500, 500, 500, 500, 500, 500]
    async with running(webhook(service, outbox), settle=False):
        await until(lambda: len(service.heard) >= 2, "the second is refused")
    service.answers, before = [], len(service.heard)
    async with running(webhook(service, outbox)):
        await until(lambda: len(service.heard) >= before + 2, "both come again")
    ids = [each.headers["webhook-id"] for each in service.heard]
    assert ids[before:] == [ids[0], ids[1]] == [f"{outbox.origin.stream}:{n}" for n in (1, 2)]


async def test_a_new_webhook_begins_with_what_is_new(service: Service, outbox: Outbox) -> None:
    """The alerts of last week are history; the first that is sent is the first after it was asked for."""
    await committed(outbox, None, alert_event(1), alert_event(2))
    async with running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(3))
        await until(lambda: service.heard, "the third arrives")
    assert numbers(service) == [3]


async def test_a_target_that_is_away_holds_nobody_up(service: Service, outbox: Outbox) -> None:
    """Commits go on at their pace, nothing piles up in memory, order is kept; two lines in the log, however long."""
    await service.stop()
    with capture_logs() as log:
        async with running(webhook(service, outbox)) as hook:
            for number in range(1, 101):
                async with asyncio.timeout(2.0):
                    await committed(outbox, hook, alert_event(number), a_count())
            await until(lambda: hook.reach.failing, "it is noticed")
            await asyncio.sleep(0.2)
            assert hook.reach.status()["waiting"] == 100
            assert hook.reach.status()["why"] == "Connection refused"
            await service.start()
            await until(lambda: len(service.heard) == 100, "all arrive")
            await until(lambda: hook.reach.status()["waiting"] == 0, "nothing waits")
    assert numbers(service) == list(range(1, 101))
    assert [(line["log_level"], line["event"]) for line in log] == [
        ("warning", "does not take alerts"),
        ("info", "takes alerts again"),
    ]
    assert log[1]["away_s"] >= 0


async def test_what_passes_by_itself_is_tried_again_and_what_does_not_is_left_out(
    service: Service, outbox: Outbox
) -> None:
    """408, 429, 5xx and redirections: again, nothing overtakes. Other 4xx: counted, said once, and the next goes."""
    service.answers = [200, 503, 408, 429, 302, 200, 400, 410, 200]
    with capture_logs() as log:
        async with running(webhook(service, outbox)) as hook:
            await committed(outbox, hook, *(alert_event(number) for number in range(1, 6)))
            await until(lambda: len(service.heard) == 9, "all answers are heard")
            await until(lambda: hook.reach.failing is None, "the last is taken")
    assert numbers(service) == [1, 2, 2, 2, 2, 2, 3, 4, 5]
    assert hook.reach.status()["skipped"] == 2
    assert [line["event"] for line in log] == [
        "does not take alerts",
        "takes alerts again",
        "refuses alerts: they are left out",
        "takes alerts again",
    ]
    assert log[0]["why"] == "it answers 503"
    assert log[2]["first"] == f"{outbox.origin.stream}:3"
    assert log[3]["left_out"] == 2


async def test_who_accepts_and_says_nothing_is_only_away(service: Service, outbox: Outbox) -> None:
    """A stuck target costs its time limit, again and again, and nobody else anything."""
    service.silent = True
    async with running(webhook(service, outbox, limit_s=0.1)) as hook:
        await committed(outbox, hook, alert_event(1))
        await until(lambda: hook.reach.failing, "it is noticed")
        assert hook.reach.why == "no answer within 0.1 s"
        service.silent = False
        await until(lambda: service.heard, "it arrives")
    assert numbers(service)[:1] == [1]


async def test_what_a_full_outbox_drops_is_told_as_a_gap(service: Service, tmp_path: Path) -> None:
    """The broker is away too, and the file is full of alerts: the oldest go, and the webhook hears which."""
    limits = Limits(cap_bytes=1 << 20)
    async with opened(tmp_path, limits) as outbox:
        await service.stop()
        async with running(webhook(service, outbox)) as hook:
            for number in range(1, 600):
                await committed(outbox, hook, alert_event(number))
            assert outbox.figures.evicted > 0
            await service.start()
            await until(lambda: hook._cursor.seq == outbox.figures.head, "everything that is there arrives")
    gaps = [body["data"] for body in service.bodies if body["type"] == "fleetmon.gap.v1"]
    dropped = {seq for gap in gaps for low, high in gap["ranges"] for seq in range(low, high + 1)}
    arrived = {int(body["seq"]) for body in service.bodies}
    assert {gap["loss"] for gap in gaps} == {"outbox-full"}
    assert arrived | dropped == set(range(1, outbox.figures.head + 1))
    order = [int(body["seq"]) for body in service.bodies]
    assert order == sorted(set(order))


async def test_a_gap_without_alerts_is_none_of_its_business(service: Service, tmp_path: Path) -> None:
    """Counts that were dropped for want of room are not told to who hears of alerts only."""
    limits = Limits(cap_bytes=1 << 20)
    async with opened(tmp_path, limits) as outbox, running(webhook(service, outbox)) as hook:
        for _ in range(40):
            await committed(outbox, hook, *(a_count(2000) for _ in range(20)))
        assert outbox.figures.evicted > 0
        await committed(outbox, hook, alert_event(1))
        await until(lambda: hook._cursor.seq == outbox.figures.head, "it is through")
    assert numbers(service) == [1]


async def test_what_was_forgotten_before_it_could_be_sent_is_told(service: Service, tmp_path: Path) -> None:
    """The broker had everything and the outbox keeps nothing: what the webhook lacks is named, then the rest comes."""
    limits = Limits(keep_s=0.0, keep_bytes=0)
    await service.stop()
    async with opened(tmp_path, limits) as outbox, running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(1), alert_event(2), a_count())
        await until(lambda: hook.reach.failing, "the first cannot be sent")
        await committed(outbox, hook, alert_event(3), a_count(), alert_event(4), a_count())
        await outbox.acknowledge(BROKER, 6)
        await outbox.tidy()
        assert outbox.figures.first == 7
        await committed(outbox, hook, alert_event(5))
        await service.start()
        await until(lambda: hook._cursor.seq == 8, "the rest arrives")
    told = [body["data"]["alert"]["rev"] if "alert" in body["data"] else body["data"] for body in service.bodies]
    gap = {"loss": "forgotten", "count": None, "ranges": [[4, 6]], "classes": {}}
    assert told == [1, 2, gap, 5]
    assert service.bodies[2]["id"] == service.heard[2].headers["webhook-id"]
    assert all(verified(each, SECRET.reveal().encode()) for each in service.heard)


async def test_an_outbox_that_keeps_nothing_loses_nothing_for_who_is_there(service: Service, tmp_path: Path) -> None:
    """Events that are no alerts come, are confirmed and forgotten, unseen by the webhook: that is no gap."""
    limits = Limits(keep_s=0.0, keep_bytes=0)
    async with opened(tmp_path, limits) as outbox, running(webhook(service, outbox)) as hook:
        await committed(outbox, hook, alert_event(1))
        await until(lambda: service.heard, "an alert arrives")
        for _ in range(5):
            await committed(outbox, hook, a_count(), a_count())
            await outbox.acknowledge(BROKER, outbox.figures.head)
            await outbox.tidy()
        await committed(outbox, hook, alert_event(2))
        await until(lambda: len(service.heard) == 2, "and another")
    assert [body["type"] for body in service.bodies] == ["fleetmon.alert.v1"] * 2


async def test_a_new_stream_is_told_from_its_beginning(service: Service, tmp_path: Path) -> None:
    """A database that was put aside: first the gap that says so, then the alerts of the new stream."""
    path = tmp_path / "site.db"
    async with await Outbox.open(path, site="demo", clock=Clock()) as outbox:
        async with running(webhook(service, outbox)) as hook:
            await committed(outbox, hook, alert_event(1))
            await until(lambda: service.heard, "the first arrives")
        kept = (await outbox.records(KIND))["webhook"]
    path.unlink()
    async with await Outbox.open(path, site="demo", clock=Clock()) as outbox:
        assert begin(kept, outbox.origin.stream, 1) == Cursor(outbox.origin.stream, 0)
        await outbox.commit((), [Cursor("another", 1).record("webhook")])
        await committed(outbox, None, alert_event(2))
        async with running(webhook(service, outbox)):
            await until(lambda: len(service.heard) == 3, "gap and alert arrive")
    assert [body["type"] for body in service.bodies[1:]] == ["fleetmon.gap.v1", "fleetmon.alert.v1"]
    assert service.bodies[1]["data"]["loss"] == "database-missing"


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification's own libraries (standard-webhooks, tests) comes out to the letter."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = dict(signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.7, body))
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_any_text_may_be_a_secret() -> None:
    """Base64 behind `whsec_` is what it stands for; whatever is no base64 is taken as it is."""
    assert key("whsec_AAEC") == b"\0\1\2"
    assert key("whsec_!") == b"whsec_!"
    assert key("plain") == b"plain"


@given(
    st.integers(0, 30),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)).map(lambda each: (each[0], sum(each)))),
)
def test_forgotten_is_what_nobody_names(seq: int, first: int, named: list[tuple[int, int]]) -> None:
    """Every sequence above the cursor and below the first that is kept is in a gap's range or in ours, none in both."""
    found = [n for low, high in forgotten(Cursor("s", seq), first, named) for n in range(low, high + 1)]
    in_gaps = {n for low, high in named for n in range(low, high + 1)}
    assert found == [n for n in range(seq + 1, first) if n not in in_gaps]


def test_a_cursor_never_goes_back_and_survives_as_a_record() -> None:
    """What was written is read again; a database that lost its last commits is not waited for."""
    cursor = Cursor("s", 7)
    assert cursor.at(3) == cursor
    body = cursor.record("webhook").body
    assert body is not None
    assert json.loads(body) == {"stream": "s", "seq": 7}
    assert begin(body, "s", 9) == cursor
    assert begin(body, "s", 5) == Cursor("s", 5)
    assert begin(None, "s", 5) == Cursor("s", 5)

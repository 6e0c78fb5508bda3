"""Words of an issuing system on their way to the monitor: in order, no faster than it can use them, never twice."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from hypothesis import given
from hypothesis import strategies as st
from tests.commands.office import Patience
from tests.publish.peers import until

from fleetmon import settings
from fleetmon.issuing import Issuing
from fleetmon.issuing.issuing import FILE_EVERY_S
from fleetmon.model.alert_words import Subject, SubjectKind
from fleetmon.model.report import At
from fleetmon.model.stimuli import Stimulus, Work
from fleetmon.publish.command_payloads import Reason
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.mqtt import Inbound

DOWN = "fleetmon/v1/lab/down"
SITE, LINE1 = Subject(SubjectKind.SITE, "lab"), Subject(SubjectKind.LINE, "line1")
HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'
MACHINE = '[[machine]]\nid = "{0}"\nsource = "snmp://127.0.0.1:9"\n[[line]]\nid = "line{0}"\nstages = [["{0}"]]\n'


@dataclass
class Office:
    """What of a site an issuing system's words need."""

    settings: settings.Settings
    clock: Patience = field(default_factory=Patience)
    inbox: asyncio.Queue[Stimulus] = field(default_factory=lambda: asyncio.Queue(1000))
    refused: Counter[Reason] = field(default_factory=Counter)

    def issuing(self) -> Issuing:
        return Issuing(self, lambda reason: self.refused.update([reason]))  # type: ignore[arg-type]

    def words(self) -> list[Work]:
        """What has come to the monitor since somebody last looked."""
        found = []
        while not self.inbox.empty():
            word = self.inbox.get_nowait()
            assert isinstance(word, Work)
            found.append(word)
        return found

    def told(self) -> list[tuple[Subject, int, float]]:
        return [(word.scope, word.waiting, word.valid_for_s) for word in self.words()]

    @property
    def now(self) -> At:
        return self.clock.now()


def an_office(folder: Path, file: Path | None = None, lines: str = "12") -> Office:
    """A site with these lines."""
    work = "" if file is None else f'[work]\nfile = "{file}"\n'
    path = folder / "fleetmon.toml"
    path.write_text(HEAD + work + "".join(MACHINE.format(line) for line in lines), encoding="utf-8")
    return Office(settings.parse(path))


def message(body: object, below: str = "work/line1", retained: bool = False) -> Inbound:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Inbound(f"{DOWN}/{below}", payload, retained, None, None)


@asynccontextmanager
async def serving(issuing: Issuing) -> AsyncIterator[None]:
    task = asyncio.create_task(issuing.serve())
    try:
        yield
    finally:
        assert not task.done(), "it never ends by itself"
        task.cancel()
        await asyncio.wait([task])


async def settle(office: Office) -> None:
    """Let everybody do what they can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


def warnings(logs: list[Any]) -> list[Mapping[str, Any]]:
    return [line for line in logs if line["log_level"] == "warning"]


async def test_a_word_reaches_the_monitor(tmp_path: Path) -> None:
    """With the moment and the validity; other topics are others' to take."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    async with serving(issuing):
        assert issuing.hear(message({"waiting": 14}))
        assert not issuing.hear(message({}, "cmd/ping"))
        assert not issuing.hear(Inbound("fleetmon/v1/other/down/work", b'{"waiting": 1}', False, None, None))
        await settle(office)
    assert office.words() == [Work(LINE1, 14, 900.0, office.now)]


async def test_of_a_flood_the_newest_of_each_scope_goes_on(tmp_path: Path) -> None:
    """Ten thousand words are two for the monitor, and a full inbox is waited for without a loss."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    office.inbox = asyncio.Queue(1)
    for number in range(10_000):
        issuing.hear(message({"waiting": number}, "work/line1" if number % 2 else "work"))
    async with serving(issuing):
        await settle(office)
        issuing.hear(message({"waiting": 3}))
        found = []
        while len(found) < 3:
            found.append(await asyncio.wait_for(office.inbox.get(), 10))
    assert [word.waiting for word in found if isinstance(word, Work)] == [9998, 9999, 3]


async def test_time_in_the_queue_counts(tmp_path: Path) -> None:
    """What waited for its turn holds no longer for that; its moment is that of the handing over."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    issuing.hear(message({"waiting": 1, "valid_for_s": 60}))
    office.clock.pass_by(20)
    async with serving(issuing):
        await settle(office)
    assert office.words() == [Work(LINE1, 1, 40.0, office.now)]


async def test_what_the_broker_repeats_at_each_connect_is_no_new_word(tmp_path: Path) -> None:
    """Else a publisher that died were believed for ever. Said anew by the publisher, the same number is one."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    async with serving(issuing):
        issuing.hear(message({"waiting": 14}))
        await settle(office)
        assert len(office.words()) == 1
        for _ in range(5):
            office.clock.pass_by(600)
            assert issuing.hear(message({"waiting": 14}, retained=True))
            await settle(office)
        assert office.told() == [(LINE1, 0, 0.0)], "its time is over, once"
        issuing.hear(message({"waiting": 14}))
        await settle(office)
        assert len(office.words()) == 1


async def test_a_retained_word_of_another_age_is_judged_by_it(tmp_path: Path) -> None:
    """Published while we were away: what is left of it, or nothing, without counting it as anybody's misuse."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    async with serving(issuing):
        issuing.hear(message({"waiting": 5, "as_of": rfc3339(office.now.utc - 300)}, retained=True))
        issuing.hear(message({"waiting": 6, "as_of": rfc3339(office.now.utc - 3000)}, "work", retained=True))
        await settle(office)
    assert office.told() == [(LINE1, 5, 600.0)]
    assert not office.refused


async def test_an_empty_message_says_that_nothing_is_known(tmp_path: Path) -> None:
    """A word that holds for no time takes the place of the former one; the former one is then a new word again."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    async with serving(issuing):
        for body in ({"waiting": 14}, b"", {"waiting": 14}):
            issuing.hear(message(body, retained=body != b""))
            await settle(office)
    assert office.told() == [(LINE1, 14, 900.0), (LINE1, 0, 0.0), (LINE1, 14, 900.0)]


async def test_what_cannot_be_believed_is_said_once_an_hour_and_counted_each_time(tmp_path: Path) -> None:
    """With a hint; the names of lines that do not exist cannot fill the memory or the log."""
    office = an_office(tmp_path)
    issuing = office.issuing()
    with structlog.testing.capture_logs() as logs:
        for number in range(100):
            issuing.hear(message({"waiting": -1}))
            issuing.hear(message(b"{", "work"))
            issuing.hear(message({"waiting": 1}, f"work/strange-{number}"))
        said = [(line["told"], line["why"]) for line in warnings(logs)]
        assert said == [
            ("down/work/line1", "waiting must be a whole number from 0 to 10000000: documents ready to be made"),
            ("down/work", "it is no JSON, or only half of it"),
            ("another line", "no line is called strange-0; lines here: line1, line2"),
        ]
        office.clock.pass_by(3600)
        issuing.hear(message({"waiting": -1}))
        assert len(warnings(logs)) == 4
    assert office.refused == {Reason.BAD_ARGUMENTS: 201, Reason.MALFORMED: 100}
    async with serving(issuing):
        await settle(office)
    assert office.words() == []


async def looked(office: Office) -> None:
    """The next look at the file has been taken: by then the one before it has been understood."""
    for _ in range(2):
        office.clock.pass_by(FILE_EVERY_S)
        for _ in range(50):
            await asyncio.sleep(0.001)


def write(path: Path, content: object, office: Office, age_s: float = 0.0) -> None:
    """As a careful publisher does: beside, and renamed."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    os.utime(beside, (office.now.utc - age_s,) * 2)
    beside.rename(path)


async def test_a_file_is_read_when_it_changes(tmp_path: Path) -> None:
    """At the start, after each change, and not in between; what it says has its age."""
    file = tmp_path / "waiting.json"
    office = an_office(tmp_path, file)
    write(file, [{"line": "line1", "waiting": 4}, {"waiting": 9}], office, age_s=100)
    async with serving(office.issuing()):
        await until(lambda: office.inbox.qsize() == 2, "the file was read")
        assert office.told() == [(LINE1, 4, 800.0), (SITE, 9, 800.0)]
        await looked(office)
        assert office.words() == []
        write(file, {"waiting": 9}, office)
        office.clock.pass_by(FILE_EVERY_S)
        await until(lambda: not office.inbox.empty(), "and again")
        assert [word.waiting for word in office.words()] == [9]


async def test_a_file_that_says_nothing_good_changes_nothing_and_is_said_once(tmp_path: Path) -> None:
    """Missing, half written, huge, a folder: the last good word is left to its time, then silence is told."""
    file = tmp_path / "waiting.json"
    office = an_office(tmp_path, file)
    write(file, {"waiting": 9, "valid_for_s": 600}, office)
    with structlog.testing.capture_logs() as logs:
        async with serving(office.issuing()):
            await until(lambda: office.inbox.qsize() == 1, "the file was read")
            office.words()
            for content in (b'[{"waiting": 1', b"{", b" " * 70_000, None, None):
                file.unlink(missing_ok=True)
                if content is not None:
                    write(file, content, office)
                await looked(office)
            assert office.words() == []
            assert {line["why"] for line in warnings(logs)} == {
                "it is no JSON, or only half of it",
                "it has more than 64 KiB",
            }
            assert not [line for line in logs if line["event"] == "nobody tells any more how much work waits"]
            office.clock.pass_by(600)
            await until(
                lambda: any(line["event"] == "nobody tells any more how much work waits" for line in logs), "silence"
            )
            await until(lambda: office.inbox.qsize() == 1, "the monitor hears of it")
            assert office.told() == [(SITE, 0, 0.0)]
            file.mkdir()
            office.clock.pass_by(3600)
            await until(lambda: any(line.get("why") == "it is no file" for line in logs), "a folder")
    assert not office.refused, "what no message said is no message refused"


async def test_a_line_that_is_added_later_is_found_in_the_file(tmp_path: Path) -> None:
    """A reload of the settings makes the same file mean more."""
    file = tmp_path / "waiting.json"
    office = an_office(tmp_path, file, lines="1")
    write(file, [{"line": "line1", "waiting": 4}, {"line": "line2", "waiting": 5}], office)
    async with serving(office.issuing()):
        await until(lambda: office.inbox.qsize() == 1, "the file was read")
        office.words()
        office.settings = an_office(tmp_path, file, lines="12").settings
        office.clock.pass_by(FILE_EVERY_S)
        await until(lambda: office.inbox.qsize() == 2, "and understood anew")
        assert [(word.scope.id, word.waiting) for word in office.words()] == [("line1", 4), ("line2", 5)]


async def test_the_last_word_heard_counts_wherever_it_came_from(tmp_path: Path) -> None:
    """File and broker are equals."""
    file = tmp_path / "waiting.json"
    office = an_office(tmp_path, file)
    write(file, {"waiting": 9}, office)
    issuing = office.issuing()
    async with serving(issuing):
        await until(lambda: office.inbox.qsize() == 1, "the file was read")
        issuing.hear(message({"waiting": 7}, "work"))
        await until(lambda: office.inbox.qsize() == 2, "and the message heard")
        write(file, {"waiting": 8}, office)
        office.clock.pass_by(FILE_EVERY_S)
        await until(lambda: office.inbox.qsize() == 3, "and the file read again")
    assert [word.waiting for word in office.words()] == [9, 7, 8]


MESSAGES = st.tuples(
    st.sampled_from(["work", "work/line1", "work/line3", "work/", "work/a/b"]),
    st.sampled_from([b"", b'{"waiting": 1}', b'{"waiting": 2}', b"{", b'{"waiting": 1, "valid_for_s": 30}'])
    | st.binary(max_size=20),
    st.booleans(),
    st.floats(0, 400),
)


@given(messages=st.lists(MESSAGES, max_size=30))
async def test_whatever_is_sent_comes_to_the_monitor_as_words_of_now(
    messages: list[tuple[str, bytes, bool, float]], tmp_path_factory: Any
) -> None:
    """Of scopes that there are, in the order of time, holding no longer than they may; and nothing ends the task."""
    office = an_office(tmp_path_factory.mktemp("office"))
    issuing = office.issuing()
    async with serving(issuing):
        for below, body, retained, passed_s in messages:
            assert issuing.hear(message(body, below, retained))
            await settle(office)
            for word in office.words():
                assert word.scope in (SITE, LINE1)
                assert word.at == office.now
                assert word.valid_for_s <= 900.0
            office.clock.pass_by(passed_s)

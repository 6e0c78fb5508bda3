"""The rules that hold for every command, on a site of its own with a real outbox."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.commands.office import DOWN, Office, an_office, message, serving
from tests.publish.peers import until

from fleetmon.commands import Commands, verbs
from fleetmon.publish import command_memory
from fleetmon.publish.command import Asked, read
from fleetmon.publish.mqtt import Inbound


async def answered(office: Office, commands: Commands, *messages: Inbound) -> list[dict[str, Any]]:
    """The replies to messages, one each, in the order in which they went out."""
    found: list[dict[str, Any]] = []
    async with serving(commands):
        for each in messages:
            assert commands.hear(each)
        await until(lambda: found.extend(office.replies()) or len(found) >= len(messages), "replies", 5)
    return found


async def test_ping_is_answered_and_audited(tmp_path: Path) -> None:
    """The reply goes to the client alone and expires; the audit event says who, why, how and what came of it."""
    async with an_office(tmp_path) as office:
        async with serving(commands := await office.commands()):
            commands.hear(
                Inbound(f"{DOWN}/ping", message().payload, False, "fleetmon/v1/office/up/reply/desk", b"\x01")
            )
            await until(lambda: office.views.due, "a reply")
        (shown,) = office.views.take(9)
        view, data = shown.view, shown.view.data
        assert (view.topic, view.retain, view.expiry_s, view.correlation) == ("reply/desk", False, 60.0, b"\x01")
        assert data is not None
        assert (data["id"], data["verb"], data["status"], data["reason"]) == ("a-1", "ping", "done", None)
        assert data["result"] == {
            "time": "2027-01-15T08:00:00.000Z",
            "version": data["result"]["version"],
            "stream": office.outbox.figures.stream,
            "head_seq": 0,
        }
        (audit,) = office.audits()
        assert audit == {
            "type": "fleetmon.command.v1",
            "id": "a-1",
            "verb": "ping",
            "who": "night shift",
            "via": "mqtt",
            "why": "looks odd",
            "arguments": {},
            "outcome": "done",
            "reason": None,
            "text": data["text"],
        }
        assert shown.as_of_seq == office.outbox.figures.head == 1


async def test_the_same_id_is_carried_out_once_and_answered_alike(tmp_path: Path) -> None:
    """Twice at once, again later, and again after a restart: one refresh, one event, the very same reply."""
    async with an_office(tmp_path, "prn1") as office:
        twice = [message("refresh", machine="prn1")] * 2
        replies = await answered(office, await office.commands(), *twice)
        replies += await answered(office, await office.commands(), twice[0])
        assert replies[0]["status"] == "done"
        assert [replies[0]] * 3 == replies
        assert (office.pollers[0].hastened, len(office.audits())) == (1, 1)


async def test_an_id_of_another_command_is_refused(tmp_path: Path) -> None:
    """Other arguments or another verb under a known id are no repetition."""
    async with an_office(tmp_path, "prn1", "prn2") as office:
        asked = [message("refresh", machine="prn1"), message("refresh", machine="prn2"), message("ping")]
        replies = await answered(office, await office.commands(), *asked)
        assert [each["reason"] for each in replies] == [None, "id-reused", "id-reused"]
        assert office.pollers[1].hastened == 0
        assert [each["outcome"] for each in office.audits() if "outcome" in each] == ["done"]


async def test_after_a_day_an_id_is_forgotten(tmp_path: Path) -> None:
    """Not a second earlier, and its record goes with the next command."""
    async with an_office(tmp_path) as office:
        later = {"not_after": "2027-01-16T07:59:59Z"}
        await answered(office, commands := await office.commands(), message("ping", "old", **later))
        office.clock.pass_by(86_399)
        assert len(office.audits()) == 1
        await answered(office, commands, message("ping", "old", **later))
        assert len(office.audits()) == 1
        office.clock.pass_by(2)
        await answered(office, commands, message("ping", "new", not_after="2027-01-16T08:01:00Z"))
        assert list(await office.outbox.records(command_memory.KIND)) == ["new"]


async def test_refused_commands_are_told_by_name(tmp_path: Path) -> None:
    """Whoever can be named is answered and audited, and the same id stays refused."""
    async with an_office(tmp_path, "prn1") as office:
        asked = [
            message("ping", "a", not_after="2027-01-15T07:00:00Z"),
            message("reboot", "b"),
            message("refresh", "c", machine="prn9"),
            message("ping", "a"),
        ]
        replies = await answered(office, await office.commands(), *asked)
        by_id = {each["id"]: (each["status"], each["reason"]) for each in replies}
        assert by_id == {
            "a": ("rejected", "expired"),
            "b": ("rejected", "unknown-verb"),
            "c": ("rejected", "bad-arguments"),
        }
        assert sorted(each["reason"] for each in office.audits()) == ["bad-arguments", "expired", "unknown-verb"]


async def test_what_expires_while_it_waits_is_not_carried_out(tmp_path: Path) -> None:
    """The date counts when the turn comes."""
    async with an_office(tmp_path, "prn1") as office:
        commands = await office.commands()
        commands.hear(message("refresh", machine="prn1"))
        office.clock.pass_by(61)
        replies = await answered(office, commands, message("ping", "b", not_after="2027-01-15T09:00:00Z"))
        replies += office.replies()
        assert {each["id"]: each["reason"] for each in replies} == {"a-1": "expired", "b": None}
        assert office.pollers[0].hastened == 0


async def test_a_retained_command_is_refused_once_and_then_ignored(tmp_path: Path) -> None:
    """At every connect it comes again: nothing is done, answered or told again, not even after a restart."""
    async with an_office(tmp_path, "prn1") as office:
        asked = message("refresh", retained=True, machine="prn1")
        assert [each["reason"] for each in await answered(office, await office.commands(), asked)] == ["retained"]
        async with serving(commands := await office.commands()):
            for each in (asked, asked, message("ping", "b")):
                commands.hear(each)
            await until(lambda: len(office.audits()) == 2, "the other command is carried out")
        assert [each["id"] for each in office.replies()] == ["b"]
        assert office.pollers[0].hastened == 0


async def test_garbage_is_answered_only_while_it_is_new(tmp_path: Path) -> None:
    """Its sender learns what was wrong, once; what the broker keeps of it stays without an answer at every connect."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        for retained in (False, True):
            commands.hear(Inbound(f"{DOWN}/ping", b"?", retained, "fleetmon/v1/office/up/reply/wall", None))
        (reply,) = office.replies()
        assert (reply["to"], reply["id"], reply["reason"]) == ("reply/wall", None, "malformed")


async def test_garbage_is_counted_and_told_once_a_minute(tmp_path: Path) -> None:
    """A thousand messages that are no commands: one event at once, one for all the others a minute later."""
    async with an_office(tmp_path) as office:
        with capture_logs() as lines:
            async with serving(commands := await office.commands()):
                commands.hear(Inbound(f"{DOWN}/ping", b"garbage", False, None, None))
                await until(office.audits, "the first is told")
                for number in range(1000):
                    commands.hear(Inbound(f"{DOWN}/ping", b"?" * number * 20, False, None, None))
                await asyncio.sleep(0)
                assert len(office.audits()) == 1
                office.clock.pass_by(61)
                await until(lambda: len(office.audits()) == 2, "the others are told")
        first, second = office.audits()
        assert (first["count"], first["reasons"]) == (1, {"malformed": 1})
        assert (second["count"], second["reasons"]) == (1000, {"malformed": 820, "too-large": 180})
        assert len([line for line in lines if line["event"] == "commands refused"]) == 2


async def test_too_many_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    """A full queue answers "busy" and forgets the command: the same id may try again."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        for number in range(25):
            commands.hear(message("ping", f"n-{number}"))
        busy = office.replies()
        assert {each["reason"] for each in busy} == {"busy"}
        assert [each["id"] for each in busy] == [f"n-{number}" for number in range(20, 25)]
        async with serving(commands):
            await until(lambda: len(office.told) >= 21, "the others are carried out")
            commands.hear(message("ping", "n-24"))
            await until(lambda: len(office.told) >= 22, "the last one too")
        assert office.replies()[-1]["status"] == "done"


async def test_a_full_memory_takes_no_new_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id forgotten too early could be carried out twice; the known ones are still answered."""
    monkeypatch.setattr(command_memory.CommandMemory.__init__, "__defaults__", (3,))
    async with an_office(tmp_path) as office:
        asked = [message("ping", f"n-{number}") for number in (1, 2, 3, 4, 1)]
        replies = await answered(office, await office.commands(), *asked)
        assert sorted((each["id"], each["reason"] or "") for each in replies) == [
            ("n-1", ""),
            ("n-1", ""),
            ("n-2", ""),
            ("n-3", ""),
            ("n-4", "too-many"),
        ]


async def test_a_record_that_cannot_be_read_is_forgotten(tmp_path: Path) -> None:
    """Written by another version: its id is free again, and nothing stops."""
    async with an_office(tmp_path) as office:
        records = {"a-1": b"{", "b-1": json.dumps({"at": 5}).encode()}
        commands = Commands(office, records)  # type: ignore[arg-type]
        assert (await answered(office, commands, message()))[0]["status"] == "done"
        assert list(await office.outbox.records(command_memory.KIND)) == ["a-1"]


async def test_other_messages_are_left_to_others(tmp_path: Path) -> None:
    """An acknowledgement, another site's command, a topic below a verb."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        for topic in ("fleetmon/v1/office/down/ack/hq", "fleetmon/v1/other/down/cmd/ping", f"{DOWN}/ping/x"):
            assert not commands.hear(Inbound(topic, message().payload, False, None, None))


async def test_whoever_brings_a_command_has_the_reply_when_it_is_kept(tmp_path: Path) -> None:
    """The local socket's way: carried out at once, without a message; a refusal is a reply like any other."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        replies = "fleetmon/v1/office/up/reply"
        good = read(Asked("ping", message().payload), replies, office.clock.now())
        bad = read(Asked("ping", b"?"), replies, office.clock.now())
        assert (await commands.carry_out(good)).status == "done"
        assert (await commands.carry_out(bad)).reason == "malformed"
        assert list(await office.outbox.records(command_memory.KIND)) == ["a-1"]
        assert office.replies() == []


async def test_refresh_names_who_did_not_answer(tmp_path: Path) -> None:
    """All machines are asked; one that is silent is named with the reason, the others are fresh."""
    async with an_office(tmp_path, "prn1", "prn2", "prn3") as office:
        office.pollers[1].answers = False
        (reply,) = await answered(office, await office.commands(), message("refresh", machine="*"))
        assert (reply["status"], reply["text"]) == ("done", "2 of 3 answered")
        silent = [{"machine": "prn2", "why": "timeout"}]
        assert reply["result"] == {"asked": 3, "fresh": 2, "not_fresh": silent, "not_fresh_omitted": 0}
        assert [each.hastened for each in office.pollers] == [1, 1, 1]


async def test_refresh_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is not even asked within the deadline is named without a reason."""
    monkeypatch.setattr(verbs, "REFRESH_DEADLINE_S", 0.05)
    async with an_office(tmp_path, "prn1") as office:
        office.pollers[0].hangs = True
        (reply,) = await answered(office, await office.commands(), message("refresh", machine="prn1"))
        assert (reply["status"], reply["result"]["not_fresh"]) == ("failed", [{"machine": "prn1", "why": None}])


async def test_a_large_fleet_is_named_in_part(tmp_path: Path) -> None:
    """A reply stays small: a hundred silent machines are named, the rest is a number."""
    async with an_office(tmp_path, *(f"prn{number}" for number in range(130))) as office:
        for machine in office.pollers:
            machine.answers = False
        (reply,) = await answered(office, await office.commands(), message("refresh", machine="*"))
        assert (len(reply["result"]["not_fresh"]), reply["result"]["not_fresh_omitted"]) == (100, 30)


async def test_resync_shows_everything_again_but_not_all_the_time(tmp_path: Path) -> None:
    """A second one within five seconds is refused: it would keep events from being sent."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        replies = await answered(office, commands, message("resync", "a"), message("resync", "b"))
        office.clock.pass_by(5)
        replies += await answered(office, commands, message("resync", "c"))
        assert [(each["status"], each["reason"]) for each in replies] == [
            ("done", None),
            ("rejected", "too-soon"),
            ("done", None),
        ]
        assert office.uplink is not None
        assert office.uplink.resyncs == 2


async def test_replay_says_what_will_come(tmp_path: Path) -> None:
    """The part that exists is accepted; what lies beyond the head does not exist yet."""
    async with an_office(tmp_path) as office:
        commands = await office.commands()
        for number in range(3):
            await answered(office, commands, message("ping", f"n-{number}"))
        asked = [{"from": 2, "to": 9}, {"from": 7, "to": 9}]
        accepted, refused = [
            (await answered(office, commands, message("replay", f"r-{number}", **each)))[0]
            for number, each in enumerate(asked)
        ]
        assert (accepted["status"], accepted["result"]) == ("accepted", {"from": 2, "to": 3, "available_from": 1})
        assert (refused["status"], refused["reason"]) == ("rejected", "not-kept")
        assert office.audits()[-2]["arguments"] == {"from": 2, "to": 9}


@pytest.mark.parametrize(("verb", "body"), [("resync", {}), ("replay", {"from": 1, "to": 2})])
async def test_without_an_uplink_nothing_can_be_sent(tmp_path: Path, verb: str, body: dict[str, Any]) -> None:
    """Asked before the uplink is there: failed, not lost."""
    async with an_office(tmp_path) as office:
        office.uplink = None
        (reply,) = await answered(office, await office.commands(), message(verb, **body))
        assert (reply["status"], reply["text"]) == ("failed", "there is no uplink")

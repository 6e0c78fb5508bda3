"""The v1/v2c link against agents that do as they should, and against the ways in which they do not."""

import asyncio
import re
import socket
from itertools import pairwise

import pytest
from pysnmp.proto import rfc1902

from fleetmon.decode.dialogue import Get, Varbind, Walk, oid
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_socket import SnmpSocket
from fleetmon.model.words import Silence

SOON = 0.25  # seconds: a time-out for requests that get no answer
SYSTEM = oid("1.3.6.1.2.1.1")
TABLE = oid("1.3.6.1.2.1.43.11.1.1")
UPTIME = (*SYSTEM, 3, 0)

MIB = {(*SYSTEM, n, 0): rfc1902.Integer32(n) for n in range(1, 26)}
MIB |= {(*TABLE, column, row): rfc1902.Integer32(column * row) for column in range(2, 10) for row in range(1, 11)}
MIB |= {(1, 3, 6, 1, 3, 1): rfc1902.OctetString(b"the end")}


@pytest.fixture
def link_to(snmp_socket):
    """Makes links on the shared socket, patient by default so that a slow test machine changes nothing."""
    return lambda agent, **how: SnmpLink(snmp_socket, agent.host, agent.port, **({"timeout_s": 5.0} | how))


def system(*numbers: int) -> tuple[tuple[int, ...], ...]:
    return tuple((*SYSTEM, number, 0) for number in numbers)


def integers(*numbers: int) -> tuple[Varbind, ...]:
    return tuple(Varbind((*SYSTEM, number, 0), 2, number) for number in numbers)


TABLE_ROWS = tuple(Varbind(name, 2, int(value)) for name, value in sorted(MIB.items()) if name[: len(TABLE)] == TABLE)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_get_brings_what_exists_in_the_order_asked(start_agent, link_to, honest, version):
    """Missing objects are left out, whether the agent says so one by one (v2c) or refuses the whole PDU (v1)."""
    agent = await start_agent(honest(MIB))
    asked = system(7, 99, 3, 98, 7)
    assert await link_to(agent, version=version).ask(Get(asked)) == integers(7, 3, 7)


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_walk_brings_the_subtree_and_no_more(start_agent, link_to, honest, version):
    """GETBULK and GETNEXT bring the same rows, at the end of the MIB too."""
    agent = await start_agent(honest(MIB))
    link = link_to(agent, version=version)
    assert await link.ask(Walk(TABLE)) == TABLE_ROWS
    assert [row.value for row in await link.ask(Walk((1, 3, 6, 1, 3)))] == [b"the end"]
    assert await link.ask(Walk((1, 3, 6, 1, 4))) == ()


async def test_an_ipv6_machine_is_asked_like_any_other(start_agent, link_to, honest):
    """Both families share one link class and one socket object."""
    agent = await start_agent(honest(MIB), "::1")
    assert await link_to(agent).ask(Get(system(3))) == integers(3)


async def test_no_more_than_ten_objects_per_pdu(start_agent, link_to, honest):
    """Small agents cannot take more; the limit is the driver's to change."""
    agent = await start_agent(honest(MIB))
    assert await link_to(agent).ask(Get(system(*range(1, 26)))) == integers(*range(1, 26))
    assert [size for _, _, size in agent.seen()] == [10, 10, 5]
    agent.requests.clear()
    await link_to(agent, max_varbinds=3).ask(Get(system(1, 2, 3, 4)))
    assert [size for _, _, size in agent.seen()] == [3, 1]


async def test_many_machines_share_one_socket(start_agent, link_to, honest):
    """Fifty machines asked at once all get their own answer, from one port of ours."""
    agents = [await start_agent(honest({UPTIME: rfc1902.TimeTicks(number)})) for number in range(50)]
    answers = await asyncio.gather(*[link_to(agent).ask(Get((UPTIME,))) for agent in agents])
    assert [answer[0].value for answer in answers] == list(range(50))
    assert len({agent.requests[0].sender for agent in agents}) == 1


async def test_request_ids_cannot_be_foreseen(start_agent, link_to, honest):
    """A stranger who knows one id does not know the next: no two steps between ids are alike."""
    agent = await start_agent(honest(MIB))
    link = link_to(agent)
    for _ in range(20):
        await link.ask(Get((UPTIME,)))
    ids = [asked.request_id for asked in agent.requests]
    assert len({later - earlier for earlier, later in pairwise(ids)}) == 19


# Silence


async def test_silence_says_what_was_asked_of_whom_and_what_to_look_at(start_agent, link_to):
    """A machine that never answered: everything that can be wrong with its settings."""
    agent = await start_agent(lambda asked: [])
    with pytest.raises(LinkError) as caught:
        await link_to(agent, timeout_s=SOON).ask(Get(system(3, 1)))
    assert caught.value.why is Silence.TIMEOUT
    assert str(caught.value) == (
        f"no answer from 127.0.0.1 port {agent.port} to SNMP v2c and v1 GET of 2 objects, first 1.3.6.1.2.1.1.3.0,"
        " asked twice in 0.5 s: is it on, is SNMP v2c and v1 enabled in it, is the community right (a wrong one gets no"
        " answer), does a firewall drop UDP?"
    )


async def test_a_lost_request_is_sent_again(start_agent, link_to, honest):
    """One datagram lost is no silence; the second has the id of the first."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: answer(asked) if len(agent.requests) > 1 else [])
    assert await link_to(agent, version="1", timeout_s=SOON).ask(Get((UPTIME,))) == integers(3)
    assert len({asked.request_id for asked in agent.requests}) == 1


async def test_an_answer_to_the_first_request_is_good_after_the_second(start_agent, link_to, honest):
    """A slow agent is not asked in vain: what answers the first request counts until the end."""
    answer, late = honest(MIB), []

    def slowly(asked):
        late.append(answer(asked))
        return late[0] if len(late) == 2 else []

    agent = await start_agent(slowly)
    assert await link_to(agent, version="1", timeout_s=SOON).ask(Get((UPTIME,))) == integers(3)


async def test_a_name_is_looked_up_again_after_a_failure(start_agent, snmp_socket, honest, monkeypatch):
    """The machine moved: the first poll fails, the second finds it; an unknown name is told as such."""
    mute, agent = await start_agent(lambda asked: []), await start_agent(honest(MIB))
    ports = iter([mute.port, agent.port])
    loop = asyncio.get_running_loop()

    async def resolve(name, port, **_):
        if name != "printer-3":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", next(ports)))]

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    link = SnmpLink(snmp_socket, "printer-3", timeout_s=SOON)
    with pytest.raises(LinkError, match=r"no answer from printer-3 \(127\.0\.0\.1\) port 161"):
        await link.ask(Get((UPTIME,)))
    assert await link.ask(Get((UPTIME,))) == integers(3)
    assert await link.ask(Get((UPTIME,))) == integers(3)  # and is not looked up while it answers
    with pytest.raises(LinkError, match=r"the name printer-4 cannot be resolved .*Name or service not known"):
        await SnmpLink(snmp_socket, "printer-4").ask(Get((UPTIME,)))


async def test_while_the_name_server_is_down_the_last_address_serves(start_agent, snmp_socket, honest, monkeypatch):
    """A failed look-up loses no machine that is where it was."""
    answer, found = honest(MIB), []
    agent = await start_agent(lambda asked: answer(asked) if len(agent.requests) != 1 else [])

    async def resolve(name, port, **_):
        if found:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        found.append(name)
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (agent.host, agent.port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    link = SnmpLink(snmp_socket, "printer-3", version="1", timeout_s=SOON)
    agent.answer = lambda asked: []
    with pytest.raises(LinkError, match="no answer"):
        await link.ask(Get((UPTIME,)))
    agent.answer = answer
    assert await link.ask(Get((UPTIME,))) == integers(3)


async def test_a_cancelled_request_leaves_nothing_behind(start_agent, link_to, snmp_socket):
    """The poller's deadline cancels; the socket then waits for nobody."""
    agent = await start_agent(lambda asked: [])
    asking = asyncio.ensure_future(link_to(agent).ask(Get((UPTIME,))))
    await agent.was_asked.wait()
    assert snmp_socket.waiting == 1
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert snmp_socket.waiting == 0


async def test_closing_the_socket_ends_all_waiting(start_agent):
    """Shutting down hangs on no machine, and asking afterwards is the caller's mistake."""
    shared = SnmpSocket()
    agent = await start_agent(lambda asked: [])
    link = SnmpLink(shared, agent.host, agent.port)
    asking = asyncio.ensure_future(link.ask(Get((UPTIME,))))
    await agent.was_asked.wait()
    await shared.close()
    with pytest.raises(LinkError, match="stopped listening"):
        await asking
    with pytest.raises(RuntimeError, match="closed"):
        await link.ask(Get((UPTIME,)))
    assert shared.waiting == 0


# Strangers and rubbish


async def test_answers_from_elsewhere_or_to_nothing_asked_are_ignored(start_agent, link_to, honest, snmp_socket):
    """The right id from another address, and any other id from the right one, change nothing and are counted."""
    answer = honest({UPTIME: rfc1902.TimeTicks(1)})
    stranger = await start_agent(lambda asked: [])

    def forged(asked):
        lie = (UPTIME, rfc1902.TimeTicks(666))
        stranger.transport.sendto(asked.reply([lie]), asked.sender)
        return [asked.reply([lie], request_id=asked.request_id ^ 1), *answer(asked), asked.reply([lie])]

    agent = await start_agent(forged)
    link = link_to(agent)
    assert await link.ask(Get((UPTIME,))) == (Varbind(UPTIME, 0x43, 1),)
    assert await link.ask(Get((UPTIME,))) == (Varbind(UPTIME, 0x43, 1),)
    assert snmp_socket.ignored >= 4


@pytest.mark.parametrize("rubbish", [b"", b"\x30", b"\x00" * 60_000, b"HTTP/1.0 400 Bad Request\r\n\r\n"])
async def test_rubbish_does_not_end_the_wait_for_an_answer(start_agent, link_to, honest, rubbish):
    """What cannot be decoded is passed over while something better may come."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: [rubbish, *answer(asked)])
    assert await link_to(agent).ask(Get((UPTIME,))) == integers(3)


async def test_only_rubbish_is_garbled_and_not_silence(start_agent, link_to, honest):
    """Something is there, but it does not speak SNMP: that is another fault than an unplugged cable."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: [datagram[:-1] for datagram in answer(asked)])
    with pytest.raises(GarbledReply, match="runs past"):
        await link_to(agent, timeout_s=SOON).ask(Get((UPTIME,)))


async def test_an_answer_about_something_else_is_garbled(start_agent, link_to):
    """Values under names nobody asked for, or for some of the names only, are not taken."""
    agent = await start_agent(lambda asked: [asked.reply([((*SYSTEM, 5, 0), rfc1902.Integer32(5))])])
    with pytest.raises(GarbledReply, match=r"answers with 1\.3\.6\.1\.2\.1\.1\.5\.0"):
        await link_to(agent).ask(Get((UPTIME,)))
    with pytest.raises(GarbledReply, match="only for 1 of them"):
        await link_to(agent).ask(Get(system(3, 5)))


async def test_an_answer_in_another_order_is_sorted_out(start_agent, link_to, honest):
    """The names say which value is which."""
    agent = await start_agent(lambda asked: [asked.reply([(name, MIB[name]) for name in reversed(asked.oids)])])
    assert await link_to(agent).ask(Get(system(3, 5))) == integers(3, 5)


async def test_a_walk_that_never_ends_is_cut_off(start_agent, link_to):
    """Rows that increase for ever stop at 2 000."""

    def endless(asked):
        *front, last = asked.oids[0] if len(asked.oids[0]) > len(TABLE) else (*TABLE, 0)
        return [asked.reply([((*front, last + n + 1), rfc1902.Integer32(n)) for n in range(asked.repetitions or 1)])]

    agent = await start_agent(endless)
    with pytest.raises(
        GarbledReply, match=r"43\.11\.1\.1 has more than 2000 rows at 1\.3\.6\.1\.2\.1\.43\.11\.1\.1\.2001"
    ):
        await link_to(agent).ask(Walk(TABLE))
    assert len(agent.requests) <= 101


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("step", [0, -1])
async def test_a_walk_that_goes_back_is_garbled(start_agent, link_to, version, step):
    """The same row again, or an earlier one: told with its OID instead of walked for ever."""
    rows = [((*TABLE, 2, n), rfc1902.Integer32(n)) for n in (5, 5 + step)]
    agent = await start_agent(
        lambda asked: [asked.reply(rows if asked.kind == "bulk" else rows[len(asked.oids[0]) > len(TABLE) :][:1])]
    )
    came = re.escape(f"43.11.1.1.2.{5 + step} came after 1.3.6.1.2.1.43.11.1.1.2.5")
    with pytest.raises(GarbledReply, match=f"does not get on: .*{came}"):
        await link_to(agent, version=version).ask(Walk(TABLE))


async def test_a_datagram_as_large_as_udp_allows_is_read(start_agent, link_to):
    """60 KB in one value arrive whole."""
    big = b"x" * 60_000
    agent = await start_agent(lambda asked: [asked.reply([(asked.oids[0], rfc1902.OctetString(big))])])
    assert (await link_to(agent).ask(Get((UPTIME,))))[0].value == big


# Refusals


def refusing(mib, honest, refused, status, index=None):
    """An agent that refuses some objects with an error, naming the index or what is given instead."""
    answer = honest(mib)

    def reply(asked):
        at = next((at for at, name in enumerate(asked.oids, 1) if name in refused), 0)
        return [asked.refuse(status, at if index is None else index)] if at else answer(asked)

    return reply


@pytest.mark.parametrize("index", [None, 0, 77])
@pytest.mark.parametrize("status", [2, 5, 6])
async def test_a_refused_object_costs_no_other(start_agent, link_to, honest, status, index):
    """noSuchName, genErr and noAccess: the object is left out, also when the agent does not say which it is."""
    agent = await start_agent(refusing(MIB, honest, system(4, 6), status, index))
    assert await link_to(agent).ask(Get(system(3, 4, 5, 6))) == integers(3, 5)


async def test_an_agent_that_fails_at_everything_is_not_a_machine_without_objects(start_agent, link_to, honest):
    """genErr to all that is asked is an agent in trouble; absence must not be concluded from it."""
    agent = await start_agent(refusing(MIB, honest, system(4, 6), 5))
    with pytest.raises(GarbledReply, match=r"genErr to all it is asked, first 1\.3\.6\.1\.2\.1\.1\.4\.0"):
        await link_to(agent).ask(Get(system(4, 6)))


async def test_what_does_not_fit_is_asked_for_in_halves(start_agent, link_to, honest):
    """tooBig for more than two objects; the answer is the same, in more requests."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: answer(asked) if len(asked.oids) <= 2 else [asked.refuse(1)])
    assert await link_to(agent).ask(Get(system(*range(1, 9)))) == integers(*range(1, 9))


@pytest.mark.parametrize(
    ("status", "name"), [(1, "tooBig"), (3, "badValue"), (13, "resourceUnavailable"), (99, "error-status 99")]
)
async def test_other_refusals_are_named(start_agent, link_to, status, name):
    """The RFC's word and the OID, for the person who has to ask the maker."""
    agent = await start_agent(lambda asked: [asked.refuse(status)])
    with pytest.raises(GarbledReply, match=rf"refuses 1\.3\.6\.1\.2\.1\.1\.3\.0 with {name}"):
        await link_to(agent).ask(Get((UPTIME,)))


@pytest.mark.parametrize("request_", [Get((UPTIME,)), Walk(TABLE)])
async def test_an_agent_may_say_that_it_does_not_trust_us(start_agent, link_to, request_):
    """authorizationError is about credentials, not about the protocol."""
    agent = await start_agent(lambda asked: [asked.refuse(16)])
    with pytest.raises(LinkError, match="does the community allow reading") as caught:
        await link_to(agent).ask(request_)
    assert caught.value.why is Silence.UNAUTHORISED


# Versions


def only_v1(honest):
    """An agent of the nineties: anything but v1 is dropped."""
    answer = honest(MIB)
    return lambda asked: answer(asked) if asked.version == 0 else []


@pytest.mark.parametrize("request_", [Get((UPTIME,)), Walk(SYSTEM)])
async def test_an_agent_that_only_knows_v1_is_met_within_the_first_poll(start_agent, link_to, honest, request_):
    """v2c alone first, then beside v1; afterwards only v1 is sent, and nothing waits any more."""
    agent = await start_agent(only_v1(honest))
    link = link_to(agent, timeout_s=SOON)
    assert Varbind(UPTIME, 2, 3) in await link.ask(request_)
    assert [asked.version for asked in agent.requests[:3]] == [1, 1, 0]
    agent.requests.clear()
    await link.ask(request_)
    assert {asked.version for asked in agent.requests} == {0}


async def test_a_v1_profile_never_sends_v2c(start_agent, link_to):
    """Some agents hang on a version they do not know."""
    agent = await start_agent(lambda asked: [])
    link = link_to(agent, version="1", timeout_s=0.02)
    for _ in range(5):
        with pytest.raises(LinkError, match="SNMP v1 "):
            await link.ask(Get((UPTIME,)))
    assert {asked.version for asked in agent.requests} == {0}


async def test_a_replaced_agent_is_met_afresh(start_agent, link_to, honest):
    """A v2c machine is replaced by one that knows only v1: after three silent polls the link finds out."""
    agent = await start_agent(honest(MIB))
    link = link_to(agent, timeout_s=SOON)
    await link.ask(Get((UPTIME,)))
    agent.answer = only_v1(honest)
    for _ in range(3):
        with pytest.raises(LinkError, match="it did answer before"):
            await link.ask(Get((UPTIME,)))
    assert await link.ask(Get((UPTIME,))) == integers(3)


async def test_a_machine_that_knows_v2c_is_never_asked_in_v1(start_agent, link_to, honest):
    """One lost datagram later on is no reason to doubt the version."""
    answer = honest(MIB)
    agent = await start_agent(answer)
    link = link_to(agent, timeout_s=SOON)
    await link.ask(Get((UPTIME,)))
    agent.answer = lambda asked: answer(asked) if len(agent.requests) > 2 else []
    assert await link.ask(Get((UPTIME,))) == integers(3)
    assert {asked.version for asked in agent.requests} == {1}


# GETBULK


@pytest.mark.parametrize(
    "refuse",
    [
        pytest.param(lambda asked: [], id="silent"),
        pytest.param(lambda asked: [asked.refuse(5)], id="genErr"),
        pytest.param(lambda asked: [asked.reply([])], id="empty"),
    ],
)
async def test_an_agent_that_cannot_do_getbulk_is_walked_by_getnext(start_agent, link_to, honest, refuse):
    """It is asked with GETBULK once, and never again."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: refuse(asked) if asked.kind == "bulk" else answer(asked))
    link = link_to(agent, timeout_s=SOON)
    await link.ask(Get((UPTIME,)))
    assert await link.ask(Walk(TABLE)) == TABLE_ROWS
    assert await link.ask(Walk(TABLE)) == TABLE_ROWS
    assert [asked.kind for asked in agent.requests].count("bulk") == 1


async def test_repetitions_are_halved_where_they_do_not_fit(start_agent, link_to, honest):
    """tooBig for more than five rows: the walk goes on with five."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: answer(asked) if asked.repetitions <= 5 else [asked.refuse(1)])
    assert await link_to(agent).ask(Walk(TABLE)) == TABLE_ROWS
    assert [asked.repetitions for asked in agent.requests][:4] == [20, 10, 5, 5]


async def test_a_single_row_that_is_too_big_is_told(start_agent, link_to):
    """Nothing smaller can be asked."""
    agent = await start_agent(lambda asked: [asked.refuse(1)])
    with pytest.raises(GarbledReply, match="with tooBig"):
        await link_to(agent).ask(Walk(TABLE))


async def test_slow_rows_are_asked_for_in_smaller_numbers(start_agent, link_to, honest):
    """An agent that drops requests for many rows gets smaller ones from the resend on, and keeps its answers."""
    answer = honest(MIB)
    agent = await start_agent(answer)
    link = link_to(agent, timeout_s=SOON)
    await link.ask(Walk(TABLE))
    agent.requests.clear()
    agent.answer = lambda asked: answer(asked) if asked.repetitions <= 10 else []
    assert await link.ask(Walk(TABLE)) == TABLE_ROWS
    assert [asked.repetitions for asked in agent.requests][:3] == [20, 10, 10]


async def test_repetitions_recover(start_agent, link_to, honest):
    """One lost datagram does not make walks slow for ever: after a hundred walks larger ones are tried again."""
    answer = honest(MIB)
    agent = await start_agent(lambda asked: answer(asked) if asked.repetitions <= 10 else [asked.refuse(1)])
    link = link_to(agent)
    for _ in range(100):
        await link.ask(Walk((*TABLE, 2)))
    agent.answer = answer
    rows = await link.ask(Walk((*TABLE, 2)))
    assert [agent.requests[at].repetitions for at in (0, 1, -1)] == [20, 10, len(rows) + 1]


@pytest.mark.parametrize("root", [(*TABLE, 2), (*TABLE, 200)])
async def test_a_walk_asks_for_what_it_brought_last_and_one_more(start_agent, link_to, honest, root):
    """An empty table, as most alert tables are, costs the agent one row and not twenty of whatever follows."""
    agent = await start_agent(honest(MIB))
    link = link_to(agent)
    rows = await link.ask(Walk(root))
    agent.requests.clear()
    assert await link.ask(Walk(root)) == rows
    assert [asked.repetitions for asked in agent.requests] == [len(rows) + 1]


async def test_a_table_that_has_grown_is_walked_to_its_end(start_agent, link_to, honest):
    """What was there last is only a guess at what will be."""
    agent = await start_agent(honest({}))
    link = link_to(agent)
    assert await link.ask(Walk(TABLE)) == ()
    agent.answer = honest(MIB)
    assert await link.ask(Walk(TABLE)) == TABLE_ROWS

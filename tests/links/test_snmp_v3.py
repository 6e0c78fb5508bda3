"""The SNMPv3 link against net-snmp, and against an agent that holds the keys and misbehaves."""

import asyncio
import gc
import os
from pathlib import Path

import pytest

from fleetmon.decode.dialogue import Get, Varbind, Walk, oid
from fleetmon.errors import GarbledReply, LinkError, SettingsError
from fleetmon.links.snmp import SnmpLink
from fleetmon.links.snmp_v3 import SnmpV3Link, V3Credentials
from fleetmon.links.snmp_v3_codec import V3Codec
from fleetmon.model.words import Silence

SOON = 0.3
SYSTEM = oid("1.3.6.1.2.1.1")
UPTIME, NAME = (*SYSTEM, 3, 0), (*SYSTEM, 5, 0)
BER_SYSTEM = b"\x2b\x06\x01\x02\x01\x01"

READER = V3Credentials("reader", "sha1", "authentic1", "aes128", "private123")
USERS = [
    READER,
    V3Credentials("modern", "sha256", "authentic1", "aes128", "private123"),
    V3Credentials("signer", "sha1", "authentic1"),
    V3Credentials("anybody"),
]
MONITOR = V3Credentials("monitor", "sha1", "authentic1", "aes128", "private123")
SIGNING = V3Credentials("monitor", "sha1", "authentic1")


@pytest.fixture
async def link_to():
    """Makes links and closes them."""
    links = []

    def make(peer, credentials=MONITOR, **how):
        links.append(SnmpV3Link(peer.host, peer.port, credentials, **({"timeout_s": 5.0} | how)))
        return links[-1]

    yield make
    for link in links:
        await link.close()


@pytest.fixture(autouse=True)
def nothing_on_stderr(capfd):
    """Whatever an agent does, nothing is printed."""
    yield
    assert capfd.readouterr().err == ""


# Against net-snmp


@pytest.mark.parametrize("credentials", USERS, ids=lambda user: user.user)
async def test_every_level_reads_what_v2c_reads(snmpd, link_to, snmp_socket, credentials):
    """GET and walk bring the values of v2c at noAuthNoPriv, authNoPriv and authPriv; missing objects are left out."""
    link, plain = link_to(snmpd, credentials), SnmpLink(snmp_socket, snmpd.host, snmpd.port)
    asked = Get(((*SYSTEM, 1, 0), (*SYSTEM, 99, 0), (*SYSTEM, 2, 0), (*SYSTEM, 6, 0), (*SYSTEM, 98, 0)))
    assert values(await link.ask(asked)) == values(await plain.ask(asked))
    for root in (
        (*SYSTEM, 9, 1, 2),
        (*SYSTEM, 9, 1, 3),
        oid("1.3.6.1.2.1.4.20"),
        oid("1.3.6.1.2.1.2.2.1.2"),
        oid("1.3.6.1.9"),
    ):
        assert values(await link.ask(Walk(root))) == values(await plain.ask(Walk(root)))


def values(reply) -> list:
    return [(row.oid, row.value) for row in reply]


@pytest.mark.parametrize(
    ("credentials", "hint"),
    [
        (V3Credentials("nobody", "sha1", "authentic1", "aes128", "private123"), "does not know this user"),
        (V3Credentials("reader", "sha1", "mistaken1", "aes128", "private123"), "authentication password or protocol"),
        (
            V3Credentials("reader", "sha256", "authentic1", "aes128", "private123"),
            "authentication password or protocol",
        ),
        (V3Credentials("reader", "sha1", "authentic1", "aes128", "mistaken1"), "is the privacy password right"),
        (V3Credentials("reader", "sha1", "authentic1"), "does not allow SNMPv3 user reader to read"),
        (V3Credentials("signer", "sha1", "authentic1", "aes128", "private123"), "wants another security level"),
    ],
)
async def test_wrong_credentials_are_told_apart(snmpd, link_to, credentials, hint):
    """Each mistake in the settings has its own words, and the word that is published is unauthorised."""
    with pytest.raises(LinkError, match=hint) as caught:
        await link_to(snmpd, credentials, timeout_s=SOON).ask(Get((UPTIME,)))
    assert caught.value.why is Silence.UNAUTHORISED
    assert "127.0.0.1" in str(caught.value)


def test_credentials_that_cannot_be_are_refused():
    """A protocol without password, encryption without authentication, unknown protocols; passwords never show."""
    for wrong in (("sha1", None), (None, "authentic1"), ("sha3", "authentic1"), (None, None, "des", "private123")):
        with pytest.raises(SettingsError, match="SNMPv3"):
            V3Credentials("reader", *wrong)
    assert "private123" not in repr(READER)
    assert "authentic1" not in repr(READER)


# Against an agent that holds the keys


def names_below_system(v3, rows: dict[bytes, bytes]):
    """An agent with objects under system, keyed by the rest of their names; GET and GETBULK as they should be."""
    order = sorted(rows)

    def pdus(request) -> list[bytes]:
        if request.tag == 0xA0:
            found = [(name, rows.get(name.removeprefix(BER_SYSTEM), b"\x81\x00")) for name in request.names]
            return [v3.response(request.request_id, found)]
        after = [rest for rest in order if BER_SYSTEM + rest > request.names[0]][: request.third]
        found = [(BER_SYSTEM + rest, rows[rest]) for rest in after] or [(request.names[0], b"\x82\x00")]
        return [v3.response(request.request_id, found)]

    return pdus


def numbers(v3, count: int) -> dict[bytes, bytes]:
    return {bytes((number, 0)): v3.integer(number) for number in range(1, count + 1)}


def integers(*found: int) -> tuple[Varbind, ...]:
    return tuple(Varbind((*SYSTEM, number, 0), 2, number) for number in found)


async def test_more_objects_than_fit_one_pdu(v3, start_v3_agent, link_to):
    """Chunks of ten, in the order asked, without what does not exist."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 25)))
    link = link_to(peer)
    asked = Get(tuple((*SYSTEM, number, 0) for number in (*range(25, 0, -1), 77)))
    assert await link.ask(asked) == integers(*range(25, 0, -1))
    assert [len(request.names) for request in peer.agent.requests[1:]] == [10, 10, 6]
    assert await link.ask(Walk(SYSTEM)) == integers(*range(1, 26))


async def test_a_session_is_kept(v3, start_v3_agent, link_to):
    """Discovery costs two exchanges once, not per request."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    link = link_to(peer)
    for _ in range(5):
        await link.ask(Get((UPTIME, NAME)))
    assert peer.agent.reports == [v3.UNKNOWN_ENGINE]
    assert len(peer.agent.requests) == 1 + 5


@pytest.mark.parametrize(
    "change", [{"boots": 4, "time": 5}, {"time": 90_000}, {"engine_id": b"\x80\x00\x1f\x88\x04other"}]
)
async def test_a_restarted_or_replaced_agent_costs_no_poll(v3, start_v3_agent, link_to, change):
    """New boots, a time far away or another engine: found out and answered within the same request."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    link = link_to(peer)
    await link.ask(Get((UPTIME, NAME)))
    peer.agent = v3.V3Agent(peer.agent.pdus, **change)
    assert await link.ask(Get((UPTIME, NAME))) == integers(3, 5)


async def test_fifty_machines_with_the_same_engine_are_kept_apart(v3, start_v3_agent, link_to):
    """Cloned firmware: equal engine ids, other boots and times. Each is heard, also after half of them restarted."""
    peers = [
        await start_v3_agent(names_below_system(v3, numbers(v3, 9)), boots=1 + number, time=1000 * number)
        for number in range(50)
    ]
    links = [link_to(peer) for peer in peers]

    async def ask_all() -> None:
        answers = await asyncio.gather(*(link.ask(Get((UPTIME, NAME))) for link in links))
        assert answers == [integers(3, 5)] * len(links)

    await ask_all()
    for number, peer in enumerate(peers[::2]):
        peer.agent = v3.V3Agent(peer.agent.pdus, boots=100 + number, time=1)
    await ask_all()


async def test_an_agent_that_objects_for_ever_is_given_up(v3, start_v3_agent, link_to, monkeypatch):
    """One new session per request, not a loop."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    link = link_to(peer)
    await link.ask(Get((UPTIME, NAME)))
    monkeypatch.setattr(peer.agent, "_trouble", lambda *_: v3.UNKNOWN_ENGINE)
    with pytest.raises(LinkError, match="keeps changing its SNMPv3 engine"):
        await link.ask(Get((UPTIME, NAME)))


async def test_silence_drops_the_session(v3, start_v3_agent, link_to):
    """After a time-out all is found anew, so nothing stale can keep a machine silent."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    link = link_to(peer, timeout_s=SOON)
    await link.ask(Get((UPTIME, NAME)))
    answering, peer.agent.pdus = peer.agent.pdus, lambda request: []
    with pytest.raises(LinkError, match=r"no answer from .* to SNMPv3 user monitor, asked twice") as caught:
        await link.ask(Get((UPTIME, NAME)))
    assert caught.value.why is Silence.TIMEOUT
    peer.agent.pdus = answering
    assert await link.ask(Get((UPTIME, NAME))) == integers(3, 5)
    assert peer.agent.reports == [v3.UNKNOWN_ENGINE] * 2


@pytest.mark.parametrize("auth", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
async def test_every_digest_works(v3, start_v3_agent, link_to, auth):
    """RFC 3414 and RFC 7860."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)), auth=auth)
    link = link_to(peer, V3Credentials("monitor", auth, "authentic1", "aes128", "private123"))
    assert await link.ask(Get((UPTIME, NAME))) == integers(3, 5)


# What is not believed


async def test_a_changed_value_is_not_believed(v3, start_v3_agent, link_to):
    """Signed but not encrypted: whoever changes an answer on the way changes nothing but that it is garbled."""
    peer = await start_v3_agent(names_below_system(v3, {b"\x05\x00": v3.tlv(4, b"idle")}), priv_password=None)
    link = link_to(peer, SIGNING, timeout_s=SOON)
    assert await link.ask(Get((NAME, UPTIME))) == (Varbind(NAME, 4, b"idle"),)
    peer.tamper = lambda datagram: datagram.replace(b"idle", b"jams")
    with pytest.raises(GarbledReply, match="not signed"):
        await link.ask(Get((NAME, UPTIME)))


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_an_answer_at_a_lower_level_is_not_believed(v3, start_v3_agent, link_to, level):
    """Encrypted we ask, so in clear nobody can answer for the agent; nor unsigned."""
    peer = await start_v3_agent(names_below_system(v3, {b"\x05\x00": v3.tlv(4, b"jams")}))
    link = link_to(peer, timeout_s=SOON)
    await link.ask(Get((NAME, UPTIME)))
    seal = peer.agent.seal
    peer.agent.seal = lambda msg_id, pdu, _, user: seal(msg_id, pdu, level, user)
    with pytest.raises(GarbledReply, match=r"not signed|in clear"):
        await link.ask(Get((NAME, UPTIME)))


async def test_an_answer_in_the_name_of_another_is_garbled(v3, start_v3_agent, link_to):
    """Values under names nobody asked for are not taken."""
    row = (BER_SYSTEM + b"\x07\x00", b"\x02\x01\x07")
    peer = await start_v3_agent(lambda request: [v3.response(request.request_id, [row] if request.names else [])])
    with pytest.raises(GarbledReply, match=r"answers with 1\.3\.6\.1\.2\.1\.1\.7\.0"):
        await link_to(peer).ask(Get((UPTIME, NAME)))


BROKEN = {
    "breaks off": b"\x30\x84",
    "a tag of many octets": b"\xa2\x04\x1f\xff\xff\xff",
    "no numbers": b"\xa2\x00",
    "an empty varbind": b"\xa2\x0d\x02\x01\x07\x02\x01\x00\x02\x01\x00\x30\x02\x30\x00",
    "nothing": b"",
}


@pytest.mark.parametrize("pdu", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("request_", [Get((UPTIME,)), Get((UPTIME, NAME)), Walk(SYSTEM)], ids=["one", "get", "walk"])
async def test_broken_contents_under_a_good_seal_are_garbled(v3, start_v3_agent, link_to, pdu, request_):
    """Native code panics on some of these; the machine is garbled, the process and its stderr do not notice."""
    peer = await start_v3_agent(lambda request: [pdu if request.names else v3.response(request.request_id, [])])
    link = link_to(peer)
    with pytest.raises(GarbledReply, match="SNMPv3 reply"):
        await link.ask(request_)
    peer.agent.pdus = names_below_system(v3, numbers(v3, 9))
    assert (await link.ask(Get((UPTIME, NAME)))) == integers(3, 5)


async def test_rubbish_from_the_right_address_is_passed_over(v3, start_v3_agent, link_to):
    """What is no SNMPv3 message never reaches the codec; a good answer behind it counts."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    handle = peer.agent.handle
    peer.agent.handle = lambda datagram: [b"\x30\x84", b"", b"\xff" * 3000, *handle(datagram)]
    assert await link_to(peer).ask(Get((UPTIME, NAME))) == integers(3, 5)


# Refusals and walks


async def test_what_is_too_big_is_asked_one_by_one(v3, start_v3_agent, link_to):
    """An error-status inside an encrypted answer cannot be seen, but that it brings nothing can."""
    answer = names_below_system(v3, numbers(v3, 9))
    peer = await start_v3_agent(
        lambda request: answer(request) if len(request.names) < 2 else [v3.response(request.request_id, [], 1)]
    )
    assert await link_to(peer).ask(Get((UPTIME, (*SYSTEM, 99, 0), NAME))) == integers(3, 5)


@pytest.mark.parametrize("credentials", [MONITOR, SIGNING], ids=["encrypted", "in clear"])
async def test_errors_alone_are_not_absence(v3, start_v3_agent, link_to, credentials):
    """genErr to all that is asked is an agent in trouble, noSuchObject is an answer."""
    null, absent = b"\x05\x00", b"\x80\x00"
    peer = await start_v3_agent(
        lambda request: [v3.response(request.request_id, [(name, null) for name in request.names], 5, 1)],
        priv_password=credentials.priv_password,
    )
    link = link_to(peer, credentials)
    with pytest.raises(GarbledReply, match=r"errors to all it is asked, first 1\.3\.6\.1\.2\.1\.1\.3\.0"):
        await link.ask(Get((UPTIME, NAME)))
    peer.agent.pdus = lambda request: [v3.response(request.request_id, [(name, absent) for name in request.names])]
    assert await link.ask(Get((UPTIME, NAME))) == ()


async def test_a_refused_walk_in_clear_is_told(v3, start_v3_agent, link_to):
    """Where the error-status can be seen, it is named."""
    peer = await start_v3_agent(
        lambda request: [v3.response(request.request_id, [(name, b"\x05\x00") for name in request.names], 5, 1)],
        priv_password=None,
    )
    with pytest.raises(GarbledReply, match=r"refuses 1\.3\.6\.1\.2\.1\.1 with genErr"):
        await link_to(peer, SIGNING).ask(Walk(SYSTEM))


async def test_a_walk_that_goes_round_in_circles_is_cut_off(v3, start_v3_agent, link_to):
    """The same row for ever, which native code would follow for ever."""
    row = (BER_SYSTEM + b"\x05\x00", b"\x02\x01\x05")
    peer = await start_v3_agent(lambda request: [v3.response(request.request_id, [row] if request.names else [])])
    with pytest.raises(GarbledReply, match=r"does not get on: 1\.3\.6\.1\.2\.1\.1\.5\.0 came after"):
        await link_to(peer).ask(Walk(SYSTEM))


async def test_an_endless_walk_is_cut_off(v3, start_v3_agent, link_to):
    """Rows that increase for ever stop at 2 000."""

    def endless(request) -> list[bytes]:
        tail = request.names[0].removeprefix(BER_SYSTEM + b"\x09") if request.names else b""
        last = (tail[0] & 0x7F) << 7 | tail[1] if len(tail) == 2 else 127
        rows = [last + step for step in range(1, request.third + 1)] if request.names else []
        names = [BER_SYSTEM + b"\x09" + bytes((0x80 | number >> 7, number & 0x7F)) for number in rows]
        return [v3.response(request.request_id, [(name, b"\x02\x01\x05") for name in names])]

    peer = await start_v3_agent(endless)
    with pytest.raises(GarbledReply, match="has more than 2000 rows"):
        await link_to(peer).ask(Walk(SYSTEM))


async def test_answers_too_large_for_the_codec_are_asked_for_in_smaller_numbers(v3, start_v3_agent, link_to):
    """Ten rows of a kilobyte do not fit 4 080 octets; two do, and that is remembered."""
    rows = {bytes((number, 0)): v3.tlv(4, b"x" * 1000) for number in range(1, 9)}
    peer = await start_v3_agent(names_below_system(v3, rows))
    link = link_to(peer)
    assert [row.oid[-2] for row in await link.ask(Walk(SYSTEM))] == list(range(1, 9))
    peer.agent.requests.clear()
    await link.ask(Walk(SYSTEM))
    assert {request.third for request in peer.agent.requests} == {2}
    assert len(await link.ask(Get(tuple((*SYSTEM, number, 0) for number in range(1, 9))))) == 8


async def test_a_single_value_too_large_for_the_codec_is_garbled(v3, start_v3_agent, link_to):
    """Nothing smaller can be asked."""
    peer = await start_v3_agent(names_below_system(v3, {b"\x05\x00": v3.tlv(4, b"x" * 5000)}))
    for request in (Get((NAME,)), Walk(SYSTEM)):
        with pytest.raises(GarbledReply, match="more than 4080 octets"):
            await link_to(peer).ask(request)


# What it holds


def open_descriptors() -> int:
    gc.collect()  # an exception keeps what it passed through
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_nothing_is_left_open(v3, start_v3_agent, link_to):
    """Sessions that failed, were cancelled or closed give all their descriptors back."""
    peer = await start_v3_agent(names_below_system(v3, numbers(v3, 9)))
    link = link_to(peer)
    await link.ask(Get((UPTIME, NAME)))
    await link.close()
    before = open_descriptors()
    for pdu in (b"\x30\x84", None):
        link = SnmpV3Link(peer.host, peer.port, MONITOR)
        await link.ask(Get((UPTIME, NAME)))
        answering = peer.agent.pdus
        heard = asyncio.Event()
        peer.agent.pdus = lambda request, pdu=pdu, heard=heard: heard.set() or ([pdu] if pdu else [])
        asking = asyncio.ensure_future(link.ask(Get((UPTIME, NAME))))
        await heard.wait()
        if pdu is None:
            asking.cancel()
        with pytest.raises((GarbledReply, asyncio.CancelledError)):
            await asking
        peer.agent.pdus = answering
        await link.close()
    assert open_descriptors() == before


def test_what_others_print_meanwhile_is_printed(capfd):
    """Only a panic is kept off stderr."""
    codec = V3Codec()
    with pytest.raises(GarbledReply):
        codec._answer(b"\x30\x84", lambda: (os.write(2, b"said meanwhile\n"), codec._gufo.recv_refresh()))
    codec.close()
    codec = V3Codec()
    codec._answer(b"", lambda: os.write(2, b"heard\n"))
    codec.close()
    assert capfd.readouterr().err == "heard\n"
    assert Path("/proc/self/fd/2").exists()

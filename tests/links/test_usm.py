"""What is taken apart of an SNMPv3 message before it is believed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetmon.errors import GarbledReply
from fleetmon.links import usm


@pytest.fixture(scope="module")
def agent(v3):
    """An agent with keys, to make messages."""
    return v3.V3Agent(lambda request: [])


def message(v3, agent, level: int, pdu: bytes | None = None) -> bytes:
    """A Response at a security level."""
    row = (b"\x2b\x06\x01\x02\x01\x01\x03\x00", b"\x43\x01\x05")
    return agent.seal(b"\x07", pdu or v3.response(7, [row], 5, 1), level, b"monitor")


def test_a_signed_message_is_known_by_its_key(v3, agent):
    """The right key verifies; another key, or one bit changed anywhere, does not."""
    key = v3.localized_key("sha1", agent.auth_password, agent.engine_id)
    datagram = message(v3, agent, v3.AUTH)
    assert usm.read(datagram).is_from_holder_of(key, "sha1")
    assert not usm.read(datagram).is_from_holder_of(key[:-1] + b"\x00", "sha1")
    for at in range(len(datagram)):
        changed = datagram[:at] + bytes([datagram[at] ^ 1]) + datagram[at + 1 :]
        found = read_or_garbled(changed)
        assert isinstance(found, GarbledReply) or not found.is_from_holder_of(key, "sha1")


@pytest.mark.parametrize("digest", list(usm.DIGESTS))
def test_every_digest_is_cut_to_its_length(v3, digest):
    """RFC 3414 and 7860: 12 to 48 octets."""
    agent = v3.V3Agent(lambda request: [], auth=digest)
    key = v3.localized_key(digest, agent.auth_password, agent.engine_id)
    found = usm.read(message(v3, agent, v3.AUTH))
    assert found.digest.stop - found.digest.start == usm.DIGESTS[digest]
    assert found.is_from_holder_of(key, digest)


def test_what_can_be_seen_of_a_message(v3, agent):
    """In clear the error-status shows, encrypted nothing; a Report shows what the agent objects to."""
    clear, secret = usm.read(message(v3, agent, v3.AUTH)), usm.read(message(v3, agent, v3.AUTH | v3.PRIV))
    assert (clear.request_id, clear.engine_id, clear.status, clear.is_encrypted) == (7, agent.engine_id, 5, False)
    assert (secret.status, secret.report, secret.is_encrypted, secret.is_signed) == (None, None, True, True)
    report = usm.read(message(v3, agent, 0, agent.report(v3.WRONG_DIGEST, 0)))
    assert (report.objection, report.status, report.is_signed) == (usm.Objection.WRONG_DIGEST, None, False)


def test_octets_behind_a_message_are_cut_off(v3, agent):
    """What the digest is computed over ends where the message says it ends."""
    datagram = message(v3, agent, v3.AUTH)
    assert usm.read(datagram + b"\x00\x00").datagram == datagram


def test_a_request_can_be_identified(v3, agent):
    """The msgID of our own requests is read by the same rules."""
    assert usm.message_id(message(v3, agent, v3.AUTH | v3.PRIV)) == 7


def read_or_garbled(data: bytes) -> usm.Message | GarbledReply:
    """The message, or the one error allowed."""
    try:
        return usm.read(data)
    except GarbledReply as error:
        return error


@settings(max_examples=300)
@given(st.data())
def test_damaged_messages_are_messages_or_garbled(v3, agent, data):
    """Octets changed, cut out or put in anywhere never raise anything else."""
    octets = bytearray(message(v3, agent, data.draw(st.sampled_from([0, v3.AUTH, v3.AUTH | v3.PRIV]))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets)))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert isinstance(read_or_garbled(bytes(octets)), usm.Message | GarbledReply)


@given(st.binary(max_size=200))
def test_any_octets_are_a_message_or_garbled(data):
    """No datagram raises anything but GarbledReply."""
    assert isinstance(read_or_garbled(data), usm.Message | GarbledReply)


@pytest.mark.parametrize(
    ("cut", "put"),
    [
        pytest.param(b"\x02\x01\x03\x30", b"\x02\x01\x01\x30", id="version 1"),
        pytest.param(b"\x04\x01\x01\x02\x01\x03", b"\x04\x01\x01\x02\x01\x04", id="another security model"),
        pytest.param(b"\x04\x01\x01\x02\x01\x03", b"\x04\x01\x03\x02\x01\x03", id="claims to be encrypted"),
        pytest.param(b"\xa2", b"\xa0", id="a request"),
        pytest.param(b"\x43\x01\x05", b"\x43\x02\x05", id="a value that runs on"),
    ],
)
def test_what_does_not_fit_together_is_garbled(v3, agent, cut, put):
    """Header, level and contents must agree."""
    datagram = message(v3, agent, v3.AUTH)
    assert datagram.count(cut) >= 1
    with pytest.raises(GarbledReply, match="SNMP"):
        usm.read(datagram.replace(cut, put))

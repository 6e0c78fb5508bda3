"""What an SNMPv3 datagram must show before anything in it is believed (RFC 3412 section 7.2, RFC 3414 section 3.2).

gufo_snmp, which encrypts and decrypts for us, checks neither the authentication of an answer nor the security level it
came at: a changed value under a zeroed digest was accepted. So the message around the (perhaps encrypted) PDU is taken
apart here with the bounded codec of `decode.ber`, and its digest is computed here. Only then is it handed on.
"""

import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Oid
from fleetmon.errors import GarbledReply, SettingsError

_V3, _USM = 3, 3
_AUTH, _PRIV = 1, 2
_SALT_LENGTH = 8
_USM_STATS: Final[Oid] = (1, 3, 6, 1, 6, 3, 15, 1, 1)

# Hash and length of the digest in a message: RFC 3414 sections 6 and 7, RFC 7860 section 4.
DIGESTS: Final = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
CIPHERS: Final = ("des", "aes128", "aes192", "aes256")


@dataclass(frozen=True, slots=True)
class V3Credentials:
    """A user of SNMPv3. `auth_protocol` is md5, sha1, sha224 ... sha512 or None; `priv_protocol` des, aes128, aes192,
    aes256 or None, and needs authentication (RFC 3414 section 1.4.1)."""

    user: str
    auth_protocol: str | None = None
    auth_password: str | None = field(default=None, repr=False)
    priv_protocol: str | None = None
    priv_password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.auth_protocol not in {None, *DIGESTS} or self.priv_protocol not in {None, *CIPHERS}:
            raise SettingsError(f"SNMPv3 knows no {self.auth_protocol} with {self.priv_protocol}")
        if bool(self.auth_protocol) != bool(self.auth_password) or bool(self.priv_protocol) != bool(self.priv_password):
            raise SettingsError(f"SNMPv3 user {self.user}: a protocol needs its password, a password its protocol")
        if self.priv_protocol and not self.auth_protocol:
            raise SettingsError(f"SNMPv3 user {self.user}: encryption needs authentication")


class Objection(IntEnum):
    """Why an agent did not even look at the request: the usmStats counter in its Report (RFC 3414 section 5)."""

    UNSUPPORTED_LEVEL = 1
    NOT_IN_TIME_WINDOW = 2
    UNKNOWN_USER = 3
    UNKNOWN_ENGINE = 4
    WRONG_DIGEST = 5
    DECRYPTION_ERROR = 6


class Message(NamedTuple):
    """One SNMPv3 message. `request_id` is its msgID; `report` the OID of a Report, `status` the error-status of a
    Response, both None while the PDU is encrypted."""

    datagram: bytes
    request_id: int
    is_signed: bool
    is_encrypted: bool
    engine_id: bytes
    digest: slice
    report: Oid | None = None
    status: int | None = None

    @property
    def objection(self) -> Objection | None:
        """What the agent objects to, if this is one of USM's Reports."""
        if self.report and self.report[:-2] == _USM_STATS and self.report[-2] in list(Objection):
            return Objection(self.report[-2])
        return None

    def is_from_holder_of(self, key: bytes, digest: str) -> bool:
        """Whether the message was signed with this localized key (RFC 3414 section 6.3.2, RFC 7860 section 4.2.2)."""
        length = DIGESTS[digest]
        claimed = self.datagram[self.digest]
        blank = self.datagram[: self.digest.start] + bytes(length) + self.datagram[self.digest.stop :]
        return len(claimed) == length and hmac.compare_digest(claimed, hmac.digest(key, blank, digest)[:length])


def message_id(datagram: bytes) -> int:
    """The msgID of a message, also of a request."""
    _, header, _, end = _envelope(datagram)
    return ber.number(datagram, header, end)[0]


def read(datagram: bytes) -> Message:
    """The message in one datagram; GarbledReply if it is no v3 Response, Report or encrypted PDU."""
    datagram, header, at, end = _envelope(datagram)
    request_id, header = ber.number(datagram, header, at)
    _, header = ber.number(datagram, header, at)
    flags, header = _octets(datagram, header, at)
    model, _ = ber.number(datagram, header, at)
    known, data = ber.enter(datagram, at, end, ber.OCTET_STRING)
    engine_id, digest, salt = _security(datagram, known, data)
    tag, _, stop = ber.element(datagram, data, end)
    is_signed, is_encrypted = bool(flags[:1] and flags[0] & _AUTH), bool(flags[:1] and flags[0] & _PRIV)
    if len(flags) != 1 or model != _USM or stop != end or is_encrypted != (tag == ber.OCTET_STRING):
        raise GarbledReply("SNMPv3 reply: its header and what follows do not fit together")
    message = Message(datagram, request_id, is_signed, is_encrypted, engine_id, digest)
    if not is_encrypted:
        return _with_pdu(message, data, end)
    if len(salt) != _SALT_LENGTH:
        raise GarbledReply(f"SNMPv3 reply: {len(salt)} octets of privacy parameters instead of {_SALT_LENGTH}")
    return message


def _envelope(datagram: bytes) -> tuple[bytes, int, int, int]:
    """The message without octets behind it, and where its header starts, its security parameters start, it ends."""
    at, end = ber.enter(datagram, 0, len(datagram), ber.SEQUENCE)
    version, at = ber.number(datagram, at, end)
    if version != _V3:
        raise GarbledReply(f"SNMPv3 reply: version {version} instead of 3")
    header, header_end = ber.enter(datagram, at, end, ber.SEQUENCE)
    return datagram[:end], header, header_end, end


def _octets(datagram: bytes, at: int, end: int) -> tuple[bytes, int]:
    start, stop = ber.enter(datagram, at, end, ber.OCTET_STRING)
    return datagram[start:stop], stop


def _security(datagram: bytes, at: int, end: int) -> tuple[bytes, slice, bytes]:
    """Engine id, where the digest is, and the privacy parameters (RFC 3414 section 2.4)."""
    at, last = ber.enter(datagram, at, end, ber.SEQUENCE)
    engine_id, at = _octets(datagram, at, last)
    _, at = ber.number(datagram, at, last)
    _, at = ber.number(datagram, at, last)
    _, at = _octets(datagram, at, last)
    start, stop = ber.enter(datagram, at, last, ber.OCTET_STRING)
    salt, at = _octets(datagram, stop, last)
    if not at == last == end:
        raise GarbledReply("SNMPv3 reply: octets left over in the security parameters")
    return engine_id, slice(start, stop), salt


def _with_pdu(message: Message, at: int, end: int) -> Message:
    """A message in clear with what its scoped PDU says."""
    at, _ = ber.enter(message.datagram, at, end, ber.SEQUENCE)
    _, at = _octets(message.datagram, at, end)
    _, at = _octets(message.datagram, at, end)
    tag, _, _ = ber.element(message.datagram, at, end)
    kind = ber.REPORT if tag == ber.REPORT else ber.RESPONSE
    _, status, _, rows = ber.read_pdu(message.datagram, at, end, kind)
    if kind == ber.RESPONSE:
        return message._replace(status=status)
    if len(rows) != 1:
        raise GarbledReply(f"SNMPv3 reply: a Report about {len(rows)} counters")
    return message._replace(report=rows[0].oid)

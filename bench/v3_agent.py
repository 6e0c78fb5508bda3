"""An SNMPv3 agent that holds the keys and can still misbehave: what it says inside a well-made message is up to others.

Made from RFC 3412, 3414, 3826 and 7860 with the standard library and `cryptography`, sharing nothing with fleetmon, so
that it can prove fleetmon wrong. One user; SHA-1 or SHA-2, AES-128 or no privacy, or neither.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

try:  # where CFB lives depends on the release
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:
    from cryptography.hazmat.primitives.ciphers.modes import CFB

AUTH, PRIV, REPORTABLE = 1, 2, 4
MAC_LENGTHS = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
UNSUPPORTED_LEVEL, NOT_IN_TIME, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION_ERROR = range(1, 7)


def tlv(tag: int, contents: bytes) -> bytes:
    """One BER element."""
    if len(contents) < 0x80:
        return bytes((tag, len(contents))) + contents
    size = (len(contents).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(contents).to_bytes(size, "big") + contents


def integer(number: int) -> bytes:
    """A BER INTEGER."""
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def first(data: bytes) -> tuple[int, bytes, bytes]:
    """The first element of well-formed BER: tag, contents, and what follows."""
    length, start = data[1], 2
    if length > 0x7F:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return data[0], data[start : start + length], data[start + length :]


def split(data: bytes) -> list[tuple[int, bytes]]:
    """The elements side by side in well-formed BER: tag and contents."""
    found = []
    while data:
        tag, contents, data = first(data)
        found.append((tag, contents))
    return found


def localized_key(protocol: str, password: str, engine_id: bytes) -> bytes:
    """RFC 3414 section A.2: a megabyte of password, hashed, then bound to the engine."""
    octets = password.encode()
    ku = hashlib.new(protocol, (octets * (1_048_576 // len(octets) + 1))[:1_048_576], usedforsecurity=False).digest()
    return hashlib.new(protocol, ku + engine_id + ku, usedforsecurity=False).digest()


@dataclass
class V3Request:
    """A request as the agent understood it: the PDU's tag, its three numbers, and the names asked for as BER."""

    tag: int
    request_id: int
    second: int
    third: int
    names: list[bytes]


@dataclass
class V3Agent:
    """`handle(datagram)` returns the datagrams to send back; `pdus(request)` says what the PDUs in them are."""

    pdus: Callable[[V3Request], list[bytes]]
    user: str = "monitor"
    auth: str | None = "sha1"
    auth_password: str = "authentic1"
    priv_password: str | None = "private123"
    engine_id: bytes = b"\x80\x00\x1f\x88\x04fleet"
    boots: int = 3
    time: int = 1000
    requests: list[V3Request] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._auth_key = localized_key(self.auth, self.auth_password, self.engine_id) if self.auth else b""
        self._priv_key = localized_key(self.auth, self.priv_password, self.engine_id) if self.priv_password else b""

    @property
    def level(self) -> int:
        """The flags its one user must use."""
        return (AUTH if self.auth else 0) | (PRIV if self.priv_password else 0)

    def handle(self, datagram: bytes) -> list[bytes]:
        """What goes back for one datagram."""
        _, message, _ = first(datagram)
        _, (_, header), (_, parameters), (_, data) = split(message)
        (_, msg_id), _, (_, flags), _ = split(header)
        (_, engine_id), (_, boots), (_, time), (_, user), (_, mac), (_, salt) = split(split(parameters)[0][1])
        level = flags[0] & 3
        trouble = self._trouble(datagram, engine_id, user, mac, level, int.from_bytes(boots, "big"), time)
        if trouble:
            self.reports.append(trouble)
            request_id = 0 if level & PRIV else _request(split(data)[2]).request_id  # RFC 3412 section 7.1 step 3
            report = self.report(trouble, request_id)
            return [self.seal(msg_id, report, AUTH if trouble == NOT_IN_TIME else 0, user)]
        if level & PRIV:
            _, data, _ = first(self._cipher(boots, time, salt).decryptor().update(data))  # padding follows
        request = _request(split(data)[2])
        self.requests.append(request)
        return [self.seal(msg_id, pdu, level, user) for pdu in self.pdus(request)]

    def _trouble(self, datagram, engine_id, user, mac, level, boots, time) -> int:
        if engine_id != self.engine_id:
            return UNKNOWN_ENGINE
        if user != self.user.encode():
            return UNKNOWN_USER
        if level != self.level:
            return UNSUPPORTED_LEVEL
        if not level & AUTH:
            return 0
        if not hmac.compare_digest(mac, self._mac(datagram.replace(mac, bytes(len(mac)), 1))):
            return WRONG_DIGEST
        if boots != self.boots or abs(int.from_bytes(time, "big") - self.time) > 150:
            return NOT_IN_TIME
        return 0

    def report(self, trouble: int, request_id: int) -> bytes:
        """A Report-PDU with one of the usmStats counters (RFC 3414 section 5)."""
        name = bytes((0x2B, 6, 1, 6, 3, 15, 1, 1, trouble, 0))
        return tlv(0xA8, integer(request_id) + integer(0) * 2 + tlv(0x30, tlv(0x30, tlv(6, name) + tlv(0x41, b"\x01"))))

    def seal(self, msg_id: bytes, pdu: bytes, level: int, user: bytes) -> bytes:
        """A whole message around a PDU, encrypted and signed as the level says."""
        data, salt = tlv(0x30, tlv(4, self.engine_id) + tlv(4, b"") + pdu), b""
        if level & PRIV:
            salt = os.urandom(8)
            boots, time = (number.to_bytes(4, "big") for number in (self.boots, self.time))
            data = tlv(4, self._cipher(boots, time, salt).encryptor().update(data))
        return self.sign(msg_id, data, salt, level, user)

    def sign(self, msg_id: bytes, data: bytes, salt: bytes, level: int, user: bytes) -> bytes:
        """The message with whatever data, signed if the level says so."""
        blank = bytes(MAC_LENGTHS[self.auth]) if level & AUTH else b""
        known = tlv(4, self.engine_id) + integer(self.boots) + integer(self.time)
        known += tlv(4, user) + tlv(4, blank) + tlv(4, salt)
        header = tlv(2, msg_id) + integer(65_507) + tlv(4, bytes((level,))) + integer(3)
        message = tlv(0x30, integer(3) + tlv(0x30, header) + tlv(4, tlv(0x30, known)) + data)
        return message.replace(tlv(4, blank), tlv(4, self._mac(message)), 1) if blank else message

    def _mac(self, message: bytes) -> bytes:
        return hmac.new(self._auth_key, message, self.auth).digest()[: MAC_LENGTHS[self.auth]]

    def _cipher(self, boots: bytes, time: bytes, salt: bytes) -> Cipher:
        iv = struct.pack(">II", int.from_bytes(boots, "big"), int.from_bytes(time, "big")) + salt
        return Cipher(algorithms.AES(self._priv_key[:16]), CFB(iv))


def _request(element: tuple[int, bytes]) -> V3Request:
    tag, pdu = element
    (_, request_id), (_, second), (_, third), (_, rows) = split(pdu)
    names = [split(row)[0][1] for _, row in split(rows)]
    return V3Request(
        tag, *(int.from_bytes(number, "big", signed=True) for number in (request_id, second, third)), names
    )


def response(request_id: int, rows: list[tuple[bytes, bytes]], status: int = 0, index: int = 0) -> bytes:
    """A Response-PDU with rows of (name, whole value element)."""
    bound = b"".join(tlv(0x30, tlv(6, name) + value) for name, value in rows)
    return tlv(0xA2, integer(request_id) + integer(status) + integer(index) + tlv(0x30, bound))

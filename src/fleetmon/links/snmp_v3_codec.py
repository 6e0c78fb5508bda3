"""gufo_snmp on a leash: it writes, encrypts and decrypts SNMPv3 PDUs, and never touches the network.

Each length of the leash was found necessary with gufo_snmp 0.13. Its socket is replaced by one end of a socket pair,
so it sees one datagram at a time, and only those that `usm` has found well-formed, signed and encrypted as they must be
(gufo checks none of this). Where BER inside an encrypted PDU is broken it panics: a PanicException is no Exception,
is known by its name only, and Rust prints it to file descriptor 2, which is therefore held back while gufo decodes.

What gufo does not hand out is lost: the SNMP type of a value (any number becomes an INTEGER, four dotted numbers an
IpAddress), the difference between NULL and nothing, and the error-status.
"""

import os
import re
import socket
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpError,
    User,
)
from gufo.snmp._fast import GetIter, SnmpV3ClientSocket

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Oid, Varbind, dotted, oid
from fleetmon.errors import GarbledReply
from fleetmon.links.usm import V3Credentials

os.environ["RUST_BACKTRACE"] = "0"  # nobody would see one, and making the first costs 60 MiB
MAX_DATAGRAM: Final = 4_080  # what gufo reads of an answer; the rest would be cut off

_AUTH: Final = {
    "md5": Md5Key, "sha1": Sha1Key, "sha224": Sha224Key, "sha256": Sha256Key, "sha384": Sha384Key, "sha512": Sha512Key
}  # fmt: skip
_PRIV: Final = {"des": DesKey, "aes128": Aes128Key, "aes192": Aes192Key, "aes256": Aes256Key}
_FOUR_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_Result = TypeVar("_Result")


class Walking:
    """How far a GETBULK walk has come, in gufo's terms."""

    def __init__(self, root: Oid, repetitions: int) -> None:
        self.iterator = GetIter(dotted(root), repetitions)


class V3Codec:
    """One session with one engine. After a GarbledReply it is good for nothing but `close`."""

    def __init__(self) -> None:
        self._gufo = SnmpV3ClientSocket("127.0.0.1:161", b"", "", 0, b"", 0, b"", 0, 0, 0, 0)
        far, self._near = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        far.setblocking(False)
        os.dup2(far.fileno(), self._gufo.get_fd())
        far.close()

    def close(self) -> None:
        """Give the descriptors back; gufo's own is closed when it goes."""
        self._near.close()
        del self._gufo

    @property
    def engine_id(self) -> bytes:
        """Of the agent; empty before the first refresh."""
        return self._gufo.get_engine_id()

    def identify(self, credentials: V3Credentials) -> bytes:
        """Be this user from now on, towards the engine that was found; returns the localized authentication key."""
        auth = _AUTH[credentials.auth_protocol] if credentials.auth_protocol else None
        priv = _PRIV[credentials.priv_protocol] if credentials.priv_protocol else None
        password = (credentials.auth_password or "").encode()
        user = User(
            credentials.user,
            auth_key=auth(password) if auth else None,
            priv_key=priv((credentials.priv_password or "").encode()) if priv else None,
        )
        keys = user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key()
        self._gufo.set_keys(user.name, *keys)
        return auth.get_localized_key(auth.get_master_key(password), self.engine_id) if auth else b""

    def refresh(self) -> bytes:
        """A request that learns the agent's engine, or its time."""
        return self._request(self._gufo.send_refresh)

    def refreshed(self, datagram: bytes) -> None:
        """Take over what the agent answered to `refresh`."""
        self._answer(datagram, self._gufo.recv_refresh)

    def get(self, oids: tuple[Oid, ...]) -> bytes:
        """A GET of several objects."""
        return self._request(lambda: self._gufo.send_get_many([dotted(name) for name in oids]))

    def values(self, datagram: bytes) -> dict[Oid, Varbind]:
        """What the answer to `get` holds; nothing at all if it was an error, too."""
        found = self._answer(datagram, self._gufo.recv_get_many) or {}
        rows = [_varbind(name, value) for name, value in found.items()]
        return {row.oid: row for row in rows}

    def get_one(self, name: Oid) -> bytes:
        """A GET of a single object."""
        return self._request(lambda: self._gufo.send_get(dotted(name)))

    def value(self, datagram: bytes, name: Oid) -> Varbind | None | Literal["absent"]:
        """The answer to `get_one`; None for NULL or an error, which gufo does not tell apart."""
        try:
            value = self._answer(datagram, self._gufo.recv_get)
        except LookupError:
            return "absent"
        return None if value is None else _varbind(dotted(name), value)

    def bulk(self, walking: Walking) -> bytes:
        """The next GETBULK of a walk."""
        return self._request(lambda: self._gufo.send_get_bulk(walking.iterator))

    def rows(self, datagram: bytes, walking: Walking) -> tuple[list[Varbind], bool]:
        """The rows in the answer to `bulk`, and whether the walk goes on behind them."""
        found = self._answer(datagram, lambda: self._gufo.recv_get_bulk(walking.iterator)) or [None]
        return [_varbind(*row) for row in found if row is not None], None not in found

    def _request(self, send: Callable[[], None]) -> bytes:
        send()
        return self._near.recv(65_536)

    def _answer(self, datagram: bytes, receive: Callable[[], _Result]) -> _Result | None:
        """What gufo makes of a datagram; None where it speaks of an end. LookupError for noSuchInstance."""
        self._near.send(datagram)
        try:
            with _Contained():
                return receive()
        except StopAsyncIteration:
            return None
        except NoSuchInstance as error:
            raise LookupError from error
        except (SnmpError, RuntimeError, ValueError, OSError) as error:  # OSError: it passed the datagram over
            raise GarbledReply(f"SNMPv3 reply: what it holds cannot be read ({error})") from error


def _varbind(name: str, value: object) -> Varbind:
    if type(value) is int:
        return Varbind(oid(name), ber.INTEGER, value)
    if type(value) is bytes:
        return Varbind(oid(name), ber.OCTET_STRING, value)
    if type(value) is str and _FOUR_NUMBERS.fullmatch(value):
        return Varbind(oid(name), ber.IP_ADDRESS, bytes(map(int, value.split("."))))
    if type(value) is str:
        return Varbind(oid(name), ber.OBJECT_ID, oid(value))
    raise GarbledReply(f"SNMPv3 reply: {name} holds a {type(value).__name__}, which SNMP has not")


@cache
def _held_back() -> int:
    """An unnamed file that stands in for stderr; one for the life of the process, as descriptor 2 is one."""
    descriptor, path = tempfile.mkstemp()
    Path(path).unlink()
    return descriptor


class _Contained:
    """Around native code: a panic becomes a GarbledReply and is not printed; all else on stderr is, a moment later."""

    def __enter__(self) -> None:
        self._stderr = _duplicate(2)
        if self._stderr is not None:
            os.dup2(_held_back(), 2)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._stderr is not None:
            os.dup2(self._stderr, 2)
            printed = _take(_held_back())
            if printed and b"panicked at" not in printed:
                os.write(self._stderr, printed)
            os.close(self._stderr)
        if kind is not None and kind.__name__ == "PanicException":
            raise GarbledReply(f"SNMPv3 reply: what it holds is broken ({error})") from None


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # a daemon may have none
        return None


def _take(file: int) -> bytes:
    """What was written to the file, which is empty afterwards."""
    written = os.pread(file, os.lseek(file, 0, os.SEEK_CUR), 0)
    if written:
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
    return written

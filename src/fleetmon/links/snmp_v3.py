"""SNMPv3 with one machine: sessions, what is believed, and the words for what an agent objects to.

A session is found anew whenever anything was wrong: discovery is two short exchanges, and a stale engine time, a
restarted or replaced agent and a codec that choked all look alike from here. An agent that says "not in my time window"
or "not my engine" within a request is asked again at once in a new session, so a restart costs no poll.

An answer is believed if it is signed with the user's key for that engine, and encrypted if we encrypt. Only a Report
that we are strangers can be unsigned (RFC 3414 section 3.2): it ends a request, and nothing more.

Where an answer is encrypted its error-status is not to be had (see snmp_v3_codec). So a GET that brings nothing is
repeated object by object, and errors alone are never reported as absence; but an agent that fails in the middle of an
encrypted walk looks as if its table ended there.
"""

from dataclasses import dataclass
from typing import Final

from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind, dotted
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links import snmp_rules as rules
from fleetmon.links import usm
from fleetmon.links.host import Host
from fleetmon.links.snmp_socket import Exchanges
from fleetmon.links.snmp_v3_codec import MAX_DATAGRAM, V3Codec, Walking
from fleetmon.links.usm import Objection, V3Credentials
from fleetmon.model.words import Silence

__all__ = ["SnmpV3Link", "V3Credentials"]

_HINTS: Final = {
    Objection.UNSUPPORTED_LEVEL: "it wants another security level for it: with or without authentication or encryption",
    Objection.UNKNOWN_USER: "it does not know this user",
    Objection.WRONG_DIGEST: "the authentication password or protocol is wrong",
    Objection.DECRYPTION_ERROR: "the privacy password or protocol is wrong",
}


class _StaleSession(LinkError):
    """The agent is not the one, or not the time, that the session was made for."""


class _TooBig(GarbledReply):
    """The agent says, or its datagram shows, that less should be asked at once."""


@dataclass(slots=True)
class _Session:
    codec: V3Codec
    engine_id: bytes = b""
    auth_key: bytes = b""
    is_proven: bool = False  # the agent has answered something that only our keys could ask


class SnmpV3Link:
    """A Link to the agent at `host` as the user of `credentials`, on a socket of its own.

    A request is waited for `timeout_s` seconds and sent once more. The deadline of a whole poll is the caller's.
    """

    def __init__(
        self,
        host: str,
        port: int,
        credentials: V3Credentials,
        *,
        max_varbinds: int = 10,
        repetitions: int = 10,
        timeout_s: float = 2.0,
    ) -> None:
        self._host = Host(host, port)
        self._credentials = credentials
        self._max_varbinds = max_varbinds
        self._repetitions = repetitions
        self._timeout_s = timeout_s
        self._exchanges = Exchanges(self._believe)
        self._session: _Session | None = None

    @property
    def host(self) -> Host:
        """Where the agent is."""
        return self._host

    def spare(self, objects: int) -> None:
        """As Sparing: the driver's word; what the agent itself was found not to bear counts on."""
        self._max_varbinds = objects
        self._repetitions = min(self._repetitions, 2 * objects)

    async def ask(self, request: Request) -> Reply:
        """What exists of what was asked for. Raises LinkError when nothing comes, GarbledReply when it is no answer."""
        try:
            return await self._ask(request)
        except _StaleSession:
            return await self._ask(request)

    async def close(self) -> None:
        """Close the session and the socket."""
        self._drop()
        await self._exchanges.close()

    async def _ask(self, request: Request) -> Reply:
        is_answered = False
        try:
            session = self._session or await self._open()
            if isinstance(request, Get):
                reply = await self._get(session, request.oids)
            else:
                reply = await self._walk(session, request.root)
            is_answered = True
            return reply
        except LinkError:
            self._host.failed()
            raise
        finally:
            if not is_answered:  # also when the poll's deadline cancels: the session may be why
                self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.codec.close()
            self._session = None

    async def _open(self) -> _Session:
        """Learn the agent's engine, its boots and time; then be the user."""
        codec = V3Codec()
        self._session = session = _Session(codec)
        found = await self._roundtrip(codec.refresh(), Objection.UNKNOWN_ENGINE)
        codec.refreshed(found.datagram)
        session.engine_id = codec.engine_id
        session.auth_key = codec.identify(self._credentials)
        if self._credentials.auth_protocol:
            timely = await self._roundtrip(codec.refresh(), Objection.NOT_IN_TIME_WINDOW)
            codec.refreshed(timely.datagram)
        return session

    async def _roundtrip(self, datagram: bytes, expected: Objection | None = None) -> usm.Message:
        """The answer to a request. LinkError for silence and for objections, except the one that is expected."""
        endpoint = await self._host.endpoint(2 * self._timeout_s)
        attempts = [[lambda _: datagram]] * 2
        answer, _ = await self._exchanges.exchange(endpoint, attempts, self._timeout_s, usm.message_id(datagram))
        if answer is None:
            raise self._silence()
        if answer.report is not None and answer.objection is not expected:
            raise self._objected(answer)
        if len(answer.datagram) > MAX_DATAGRAM or answer.status == rules.TOO_BIG:
            raise _TooBig(f"{self._host} answers more than {MAX_DATAGRAM} octets, or says tooBig")
        if answer.status == rules.AUTHORIZATION_ERROR:
            raise LinkError(f"{self._host} does not allow {self._who} to read this", Silence.UNAUTHORISED)
        if self._session is not None and answer.report is None:
            self._session.is_proven = True
        return answer

    def _believe(self, datagram: bytes) -> usm.Message:
        """The message if it comes from the agent and at the level we speak at; GarbledReply otherwise."""
        message = usm.read(datagram)
        session, protocol = self._session, self._credentials.auth_protocol
        if message.report is not None and message.objection is not Objection.NOT_IN_TIME_WINDOW:
            return message
        if session is None or message.engine_id != session.engine_id:
            raise GarbledReply("SNMPv3 reply: from another engine than was asked")
        if protocol and not (message.is_signed and message.is_from_holder_of(session.auth_key, protocol)):
            raise GarbledReply("SNMPv3 reply: not signed with the user's authentication key")
        if message.report is None and self._credentials.priv_protocol and not message.is_encrypted:
            raise GarbledReply("SNMPv3 reply: in clear, though the request was encrypted")
        return message

    @property
    def _who(self) -> str:
        return f"SNMPv3 user {self._credentials.user}"

    def _silence(self) -> LinkError:
        session, patience = self._session, f"asked twice in {2 * self._timeout_s:g} s"
        if session is not None and session.engine_id and self._credentials.priv_protocol and not session.is_proven:
            return LinkError(
                f"{self._host} speaks SNMPv3 but does not answer what {self._who} asks encrypted, {patience}:"
                " is the privacy password right, and the protocol?",
                Silence.UNAUTHORISED,
            )
        return LinkError(
            f"no answer from {self._host} to {self._who}, {patience}: is it on, is SNMPv3 enabled in it,"
            " does a firewall drop UDP?"
        )

    def _objected(self, answer: usm.Message) -> LinkError:
        if answer.objection in (Objection.NOT_IN_TIME_WINDOW, Objection.UNKNOWN_ENGINE):
            return _StaleSession(f"{self._host} keeps changing its SNMPv3 engine or its time")
        hint = _HINTS.get(answer.objection) if answer.objection else None
        if hint is None:
            return GarbledReply(f"{self._host} reports {dotted(answer.report or ())} instead of an answer")
        return LinkError(f"{self._host} refuses {self._who}: {hint}", Silence.UNAUTHORISED)

    async def _get(self, session: _Session, oids: tuple[Oid, ...]) -> Reply:
        distinct = tuple(dict.fromkeys(oids))
        found: dict[Oid, Varbind] = {}
        has_failed = False
        for at in range(0, len(distinct), self._max_varbinds):
            chunk = distinct[at : at + self._max_varbinds]
            values = await self._values(session, chunk)
            for name in chunk if not values else ():
                answer = await self._roundtrip(session.codec.get_one(name))
                row = session.codec.value(answer.datagram, name)
                has_failed = has_failed or row is None
                values |= {name: row} if isinstance(row, Varbind) else {}
            found |= values
        if has_failed and not found:
            raise GarbledReply(f"{self._host} answers errors to all it is asked, first {dotted(oids[0])}")
        return tuple(found[name] for name in oids if name in found)

    async def _values(self, session: _Session, chunk: tuple[Oid, ...]) -> dict[Oid, Varbind]:
        """What one GET brings; nothing if it is an error, too big, or if nothing of it exists."""
        if len(chunk) == 1:
            return {}
        try:
            answer = await self._roundtrip(session.codec.get(chunk))
        except _TooBig:
            return {}
        values = session.codec.values(answer.datagram)
        for name in values:
            if name not in chunk:
                raise GarbledReply(f"{self._host} was asked for {dotted(chunk[0])} and answers with {dotted(name)}")
        return values

    async def _walk(self, session: _Session, root: Oid) -> Reply:
        while True:
            rows = rules.Rows(root)
            walking = Walking(root, self._repetitions)
            try:
                while await self._step(session, rows, walking):
                    pass
            except _TooBig:
                if self._repetitions == 1:
                    raise
                self._repetitions //= 2  # gufo's walks cannot go on from the middle: once more from the start
            else:
                return rows.reply()

    async def _step(self, session: _Session, rows: rules.Rows, walking: Walking) -> bool:
        """One request of a walk; whether the walk goes on."""
        answer = await self._roundtrip(session.codec.bulk(walking))
        if answer.status:
            raise GarbledReply(f"{self._host} refuses {dotted(rows.last)} with {rules.status_name(answer.status)}")
        found, goes_on = session.codec.rows(answer.datagram, walking)
        return all(map(rows.take, found)) and goes_on

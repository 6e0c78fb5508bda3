"""SNMP v1 and v2c with one machine, on the shared socket: patient with agents that err, strict where it would mislead.

Printers' agents are old and small, so nothing is taken for granted that they need not know: v2c is tried first and v1
beside it from the first resend on; GETBULK is given up where it fails and GETNEXT does not; answers that would not fit
are asked for in halves; an object that an agent refuses is left out and the others are asked for again (v1 throws the
whole answer away for one missing object, RFC 1157 section 4.1.2). What was learned is kept, and forgotten when the
machine has been silent several times in a row, for it may have been replaced.

A wrong community is silence by design (RFC 1157 section 4.1), so the text of a time-out says so.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

from fleetmon.decode import ber
from fleetmon.decode.dialogue import Get, Oid, Reply, Request, Varbind, dotted
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.links import snmp_rules as rules
from fleetmon.links.host import Host
from fleetmon.links.pulse import Script
from fleetmon.links.snmp_again import Again, Attempts
from fleetmon.links.snmp_socket import Encode, SnmpSocket
from fleetmon.model.words import Silence

_FORGET_AFTER: Final = 3  # silences in a row
_TRY_MORE_AFTER: Final = 100  # walks: one lost datagram halves the repetitions, and must not do so for ever
_GETS_KEPT: Final = 32
_PDU_NAMES: Final = {ber.GET: "GET", ber.GETNEXT: "GETNEXT", ber.GETBULK: "GETBULK"}
_WITHOUT_IT: Final = (rules.NO_SUCH_NAME, rules.GEN_ERR, rules.NO_ACCESS)


class SnmpLink:
    """A Link to the agent at `host`; `version` "2c" falls back to v1, "1" never sends anything else.

    A request is waited for `timeout_s` seconds and sent once more. The deadline of a whole poll is the caller's.
    """

    def __init__(
        self,
        socket: SnmpSocket,
        host: str,
        port: int = 161,
        *,
        community: str = "public",
        version: Literal["1", "2c"] = "2c",
        max_varbinds: int = 10,
        repetitions: int = 20,
        timeout_s: float = 2.0,
    ) -> None:
        self._socket = socket
        self._host = Host(host, port)
        self._community = community.encode()
        self._only_v1 = version == "1"
        self._max_varbinds = max_varbinds
        self._max_repetitions = self._most_rows = repetitions
        self._timeout_s = timeout_s
        self._answered = False
        self._walks = 0
        self._gets: dict[tuple[Oid, ...], list[Again]] = {}
        self._rows: dict[Oid, int] = {}  # how many each walk brought last
        self._steps: dict[Oid, Again] = {}  # with what walks begin that were walked before
        self._said: list[Again] | None = None
        self._forget()

    @property
    def host(self) -> Host:
        """Where the agent is."""
        return self._host

    def _forget(self) -> None:
        """Nothing is known of how the agent speaks."""
        self._version: int | None = ber.V1 if self._only_v1 else None
        self._bulk_works: bool | None = None
        self._repetitions: int = self._max_repetitions
        self._silences = 0

    def spare(self, objects: int) -> None:
        """As Sparing: the driver's word; what the agent itself was found not to bear counts on."""
        if objects != self._max_varbinds:
            self._max_varbinds = objects
            self._max_repetitions = min(self._most_rows, 2 * objects)
            self._repetitions = min(self._repetitions, self._max_repetitions)
            self._gets.clear()

    def begin(self) -> None:
        """A conversation begins, which may be asked for as a script."""
        self._said = []

    def script(self) -> Script | None:
        """What was asked since it began and answered, fit to be asked again; None if it went otherwise than usual."""
        said, self._said = self._said, None
        lines = [again.line() for again in said or ()]
        whole = [line for line in lines if line is not None]
        endpoint = self._host.known
        return Script(endpoint, tuple(whole)) if endpoint and lines and len(whole) == len(lines) else None

    async def ask(self, request: Request) -> Reply:
        """What exists of what was asked for. Raises LinkError when nothing comes, GarbledReply when it is no answer."""
        if isinstance(request, Get):
            return await self._get(request.oids)
        return await self._walk(request.root)

    async def close(self) -> None:
        """The socket is everybody's and stays open."""

    async def _get(self, oids: tuple[Oid, ...]) -> Reply:
        rows: list[Varbind] = []
        failing = False
        chunks = list(self._gets.get(oids) or self._prepare(oids))
        while chunks:
            chunk = chunks.pop(0)
            answer = await self._exchange(ber.GET, chunk.oids, again=chunk)
            if answer.error_status == 0:
                rows += _as_asked(chunk.oids, answer)
            else:
                failing = failing or answer.error_status == rules.GEN_ERR
                chunks[:0] = map(Again, self._what_is_left(chunk.oids, answer))
        if failing and not rows:
            raise GarbledReply(f"{self._host} answers genErr to all it is asked, first {dotted(oids[0])}")
        if len(rows) == len(oids):
            return tuple(rows)
        found = {row.oid: row for row in rows}
        return tuple(found[oid] for oid in oids if oid in found)

    def _prepare(self, oids: tuple[Oid, ...]) -> list[Again]:
        chunks = [Again(chunk) for chunk in _chunks(oids, self._max_varbinds)]
        if len(self._gets) >= _GETS_KEPT:
            self._gets.clear()
        self._gets[oids] = chunks if oids in self._gets else []  # much is asked once, when the machine is met
        return chunks

    def _what_is_left(self, chunk: tuple[Oid, ...], answer: ber.Response) -> list[tuple[Oid, ...]]:
        """What to ask instead of a chunk that was refused: always less than it."""
        status, index = answer.error_status, answer.error_index
        if status == rules.TOO_BIG and len(chunk) > 1:
            half = len(chunk) // 2
            return [chunk[:half], chunk[half:]]
        if status not in _WITHOUT_IT:
            raise self._refusal(status, chunk)
        if len(chunk) == 1:
            return []
        if 1 <= index <= len(chunk):
            return [chunk[: index - 1] + chunk[index:]]
        return [(oid,) for oid in chunk]  # it does not say which one

    def _refusal(self, status: int, oids: tuple[Oid, ...]) -> LinkError:
        if status == rules.AUTHORIZATION_ERROR:
            return LinkError(
                f"{self._host} refuses authorizationError for {dotted(oids[0])}: does the community allow reading?",
                Silence.UNAUTHORISED,
            )
        return GarbledReply(f"{self._host} refuses {dotted(oids[0])} with {rules.status_name(status)}")

    async def _walk(self, root: Oid) -> Reply:
        rows = rules.Rows(root)
        usual = self._rows.get(root)
        again = None if usual is None else self._first_step(root, min(usual + 1, self._repetitions))
        # the one row behind the table shows where it ends
        while await self._step(rows, min(self._repetitions, again.repeat if again else self._max_repetitions), again):
            again = None
        self._walks += 1
        if self._walks % _TRY_MORE_AFTER == 0:
            self._repetitions = min(2 * self._repetitions, self._max_repetitions)
        reply = rows.reply()
        self._rows[root] = len(reply)
        return reply

    def _first_step(self, root: Oid, repetitions: int) -> Again:
        known = self._steps.get(root)
        if known is None or known.repeat != repetitions:
            self._steps[root] = known = Again((root,), ber.GETBULK, repetitions)
        return known

    async def _step(self, rows: rules.Rows, repetitions: int, again: Again | None) -> bool:
        """One request of a walk; whether the walk goes on."""
        bulk = self._bulk_works is not False and self._version != ber.V1
        repetitions = repetitions if bulk else 0
        pdu = ber.GETBULK if bulk else ber.GETNEXT
        answer = await self._exchange(pdu, (rows.last,), repetitions, again if self._bulk_works and bulk else None)
        if answer.error_status == rules.NO_SUCH_NAME:
            return False  # how v1 says that nothing follows
        if bulk and self._was_too_much(answer, repetitions):
            return True
        if answer.error_status:
            raise self._refusal(answer.error_status, (rows.last,))
        if not answer.varbinds:
            raise GarbledReply(f"{self._host} answers GETNEXT of {dotted(rows.last)} with nothing at all")
        return all(map(rows.take, answer.varbinds))

    def _was_too_much(self, answer: ber.Response, repetitions: int) -> bool:
        """Whether a GETBULK failed for being one, or for its size; then the next request will be smaller."""
        if answer.error_status == rules.TOO_BIG and repetitions > 1:
            self._repetitions = repetitions // 2
            return True
        if answer.error_status in (rules.TOO_BIG, rules.GEN_ERR) or not (answer.error_status or answer.varbinds):
            self._bulk_works = False
            return True
        return False

    async def _exchange(
        self, pdu: int, oids: tuple[Oid, ...], repetitions: int = 0, again: Again | None = None
    ) -> ber.Response:
        endpoint = await self._host.endpoint(2 * self._timeout_s)
        if again is None or self._version is None:
            attempts, read, self._said = self._attempts(pdu, oids, repetitions), None, None
        else:
            attempts, read = again.attempts(self._version, self._community), again.read
            if self._said is not None:
                self._said.append(again)
        try:
            answer, attempt = await self._socket.exchange(endpoint, attempts, self._timeout_s, read=read)
        except LinkError:
            self._was_silent()
            raise
        if answer is None:
            self._was_silent()
            raise LinkError(self._silence(pdu, oids))
        self._learn(answer, pdu, late=attempt > 0)
        return answer

    def _attempts(self, pdu: int, oids: tuple[Oid, ...], repetitions: int) -> Attempts:
        """The request, and what is sent if it gets no answer: the same, or less, or also in v1."""

        def message(pdu: int, version: int, repeat: int = 0) -> Encode:
            return ber.message(pdu, version, self._community, oids, repeat).numbered

        version = ber.V2C if self._version is None else self._version
        if pdu != ber.GETBULK:
            again = message(pdu, version)
        elif self._bulk_works:
            again = message(pdu, version, max(1, repetitions // 2))
        else:
            again = message(ber.GETNEXT, version)
        second = [again]
        if self._version is None:
            second.append(message(ber.GETNEXT if pdu == ber.GETBULK else pdu, ber.V1))
        return [[message(pdu, version, repetitions)], second]

    def _learn(self, answer: ber.Response, pdu: int, late: bool) -> None:
        self._silences = 0
        self._answered = True
        if self._version is None:
            self._version = ber.V1 if answer.version == ber.V1 else ber.V2C
        if pdu != ber.GETBULK or answer.error_status:
            return
        if not late:
            self._bulk_works = True
        elif self._bulk_works:
            self._repetitions = max(1, self._repetitions // 2)
        else:
            self._bulk_works = len(answer.varbinds) > 1  # a single one answered the GETNEXT that was sent beside

    def _was_silent(self) -> None:
        self._host.failed()
        self._silences += 1
        if self._silences >= _FORGET_AFTER:
            self._forget()

    def _silence(self, pdu: int, oids: tuple[Oid, ...]) -> str:
        versions = {None: "v2c and v1", ber.V1: "v1", ber.V2C: "v2c"}[self._version]
        hint = (
            "it did answer before: is it off, unplugged, or has it another address?"
            if self._answered
            else f"is it on, is SNMP {versions} enabled in it, is the community right (a wrong one gets no answer),"
            " does a firewall drop UDP?"
        )
        return (
            f"no answer from {self._host} to SNMP {versions} {_PDU_NAMES[pdu]} of {len(oids)} objects,"
            f" first {dotted(oids[0])}, asked twice in {2 * self._timeout_s:g} s: {hint}"
        )


@lru_cache(maxsize=256)
def _chunks(oids: tuple[Oid, ...], most: int) -> list[tuple[Oid, ...]]:
    """What to ask at once, the same objects for all machines that are asked for the same."""
    distinct = tuple(dict.fromkeys(oids))
    return [distinct[at : at + most] for at in range(0, len(distinct), most)]


def _as_asked(chunk: tuple[Oid, ...], answer: ber.Response) -> Sequence[Varbind]:
    """What exists, in the order asked. GarbledReply unless exactly what was asked is answered."""
    rows = answer.varbinds
    if tuple([row.oid for row in rows]) != chunk:
        found = {row.oid: row for row in rows}
        if len(found) != len(chunk) or not all(map(found.__contains__, chunk)):
            stray = next((oid for oid in found if oid not in chunk), None)
            said = f"with {dotted(stray)}" if stray else f"only for {len(found)} of them"
            raise GarbledReply(f"asked for {len(chunk)} objects from {dotted(chunk[0])}, it answers {said}")
        rows = tuple(found[oid] for oid in chunk)
    return [row for row in rows if row.tag not in ber.EXCEPTIONS]

"""The rules for every command: it is carried out once, in time, and everybody can read afterwards that it was.

A command that came over MQTT waits in a bounded queue, so that the uplink is never held up; one from the local socket
is carried out by whoever brings it. Its audit event, the record that keeps its id from being used again for 24 h, and
whatever it changed are one transaction, and only then the reply goes out. Garbage gets a reply at most: it is counted,
and told once a minute, or anybody who may write to us could fill the stream.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final
from weakref import WeakValueDictionary

import structlog

from fleetmon.commands.answer import Answer
from fleetmon.commands.verbs import PAUSES_S, VERBS
from fleetmon.model.messages import Event, EventClass, Outcome, View
from fleetmon.model.report import At
from fleetmon.publish import command_payloads as p
from fleetmon.publish.command import Addressee, Asked, Command, Heading, Refusal, expired, read
from fleetmon.publish.command_memory import Answered, CommandMemory, said
from fleetmon.publish.command_payloads import Reason, Verb
from fleetmon.publish.contract import dump
from fleetmon.publish.mqtt import Inbound
from fleetmon.site import Site

QUEUE_SIZE: Final = 20
AT_ONCE: Final = 4  # a refresh may take ten seconds: a ping does not wait for it
REPLY_EXPIRES_S: Final = 60.0
_TELL_REFUSED_EVERY_S: Final = 60.0

log = structlog.get_logger("commands")


class Commands:
    """What is asked of `site`; `records` are what an earlier run answered (kind `command_memory.KIND`)."""

    def __init__(self, site: Site, records: Mapping[str, bytes]) -> None:
        self._site = site
        self._memory = CommandMemory(records)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._queue: asyncio.Queue[Command | Refusal] = asyncio.Queue(QUEUE_SIZE)
        self._last: dict[Verb, At] = {}
        self._refused: Counter[Reason] = Counter()
        self._any_refused = asyncio.Event()
        mine = f"{site.settings.mqtt.root}/v1/{site.settings.site.id}"
        self._asked, self._replies = f"{mine}/down/cmd", f"{mine}/up/reply"

    def hear(self, message: Inbound) -> bool:
        """Take a message from below `down/`, if it is a command. Does not wait."""
        topic, _, verb = message.topic.rpartition("/")
        if topic != self._asked:
            return False
        asked = Asked(verb, message.payload, message.retained, message.response_topic, message.correlation)
        heard = read(asked, self._replies, self._site.clock.now())
        if isinstance(heard, Refusal) and heard.heading is None:
            reply = self._turn_away(heard, heard.reason, heard.text)
            if not heard.retained:
                self._send(heard.to, reply)
        elif self._queue.full():
            text = f"{QUEUE_SIZE} commands are waiting already; ask again later"
            self._send(heard.to, self._turn_away(heard, Reason.BUSY, text))
        else:
            self._queue.put_nowait(heard)
        return True

    def refuse(self, reason: Reason) -> None:
        """Something else that was sent to the site does not count: told with the commands that do not."""
        self._refused[reason] += 1
        self._any_refused.set()

    async def serve(self) -> None:
        """Carry out what `hear` took, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_refused(), name="commands refused")
            for number in range(AT_ONCE):
                tasks.create_task(self._work(), name=f"commands {number + 1}")

    async def carry_out(self, asked: Command | Refusal) -> p.CommandReply:
        """Do what is asked, unless it was done before; two of the same at once are done once.

        The caller has the reply when everything about it is committed. Raises OutboxError where the database breaks.
        """
        heading = asked.heading
        if heading is None:
            return self._turn_away(asked, Reason.MALFORMED, "nobody can tell which command this is")
        lock = self._locks.setdefault(heading.id, asyncio.Lock())
        async with lock:
            now = self._site.clock.now()
            known = self._memory.recall(heading.id, now)
            if known is not None:
                reused = "this id belongs to another command; each command needs an id of its own"
                return known.reply if known.same(asked) else self._turn_away(asked, Reason.ID_REUSED, reused)
            if self._memory.full(now):
                return self._turn_away(asked, Reason.TOO_MANY, "too many commands within 24 h; ask again later")
            return await self._first_time(asked, heading)

    async def _first_time(self, asked: Command | Refusal, heading: Heading) -> p.CommandReply:
        answer = await self._answer(asked)
        now, reply = self._site.clock.now(), _reply(heading.id, heading.verb, answer)
        audit = Event(EventClass.AUDIT, p.COMMAND, None, now, dump(_audit(asked, heading, answer)))
        records = self._memory.remember(heading.id, Answered(now, said(asked), reply))
        done = answer.outcome
        await self._site.commit(Outcome((*done.events, audit), done.views, (*done.records, *records)))
        log.info(
            "command",
            verb=heading.verb,
            outcome=answer.status.value,
            **({"reason": answer.reason.value} if answer.reason else {}),
            who=heading.who,
            via=heading.via.value,
            id=heading.id,
            text=answer.text,
        )
        return reply

    async def _answer(self, asked: Command | Refusal) -> Answer:
        if isinstance(asked, Refusal):
            return Answer.rejected(asked.reason, asked.text)
        now = self._site.clock.now()
        if late := expired(asked.not_after, now):
            return Answer.rejected(Reason.EXPIRED, late)
        last, pause_s = self._last.get(asked.verb), PAUSES_S.get(asked.verb, 0.0)
        if last is not None and (passed_s := now.since(last)) < pause_s:
            return Answer.rejected(Reason.TOO_SOON, f"done {passed_s:.1f} s ago; at most once in {pause_s:g} s")
        self._last[asked.verb] = now
        return await VERBS[asked.verb](self._site, asked.arguments, asked.heading.who or "")

    async def _work(self) -> None:
        while True:
            asked = await self._queue.get()
            if not self._is_old(asked):
                self._send(asked.to, await self.carry_out(asked))

    def _is_old(self, asked: Command | Refusal) -> bool:
        """A retained message that comes again at every connect was answered the first time."""
        if not isinstance(asked, Refusal) or not asked.retained or asked.heading is None:
            return False
        return self._memory.recall(asked.heading.id, self._site.clock.now()) is not None

    def _send(self, to: Addressee | None, reply: p.CommandReply) -> None:
        if to is not None:
            view = View(
                f"reply/{to.client}",
                p.REPLY,
                None,
                self._site.clock.now(),
                dump(reply),
                retain=False,
                expiry_s=REPLY_EXPIRES_S,
                correlation=to.correlation,
            )
            self._site.views.put(view, self._site.outbox.figures.head)

    def _turn_away(self, asked: Command | Refusal, reason: Reason, text: str) -> p.CommandReply:
        """Refuse without a trace of its own."""
        self.refuse(reason)
        heading = asked.heading
        verb = heading.verb if heading else asked.verb
        return _reply(heading.id if heading else None, verb, Answer.rejected(reason, text))

    async def _tell_refused(self) -> None:
        """The first at once, the others together a minute later."""
        while True:
            await self._any_refused.wait()
            self._any_refused.clear()
            counted, self._refused = self._refused, Counter()
            told = p.CommandsRefused(count=counted.total(), reasons=dict(counted))
            log.warning("commands refused", count=told.count, **{str(why): n for why, n in counted.items()})
            event = Event(EventClass.AUDIT, p.COMMANDS_REFUSED, None, self._site.clock.now(), dump(told))
            await self._site.commit(Outcome((event,)))
            await self._site.clock.sleep(_TELL_REFUSED_EVERY_S)


def _reply(id_: str | None, verb: str, answer: Answer) -> p.CommandReply:
    return p.CommandReply(
        id=id_, verb=verb, status=answer.status, reason=answer.reason, text=answer.text, result=answer.result
    )


def _audit(asked: Command | Refusal, heading: Heading, answer: Answer) -> p.CommandAudit:
    return p.CommandAudit(
        id=heading.id,
        verb=heading.verb,
        who=heading.who,
        via=heading.via,
        why=heading.why,
        arguments=said(asked) or {},
        outcome=answer.status,
        reason=answer.reason,
        text=answer.text,
    )

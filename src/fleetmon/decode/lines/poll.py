"""The conversation with a machine on a line of bytes: what is asked when, and what silence means.

What can change without warning is asked every time, the rest slowly, or as soon as the fast answers moved otherwise
than by counting. Silence is no answer, unless the driver says what it means, and then only if a second question meets
it as well; what it means of the whole line ends with the first answer. An answer that must come and does not, or comes
garbled, ends the poll without a report: half a truth is none. Only for what is optional is there another way, and only
as long as it has never been answered: it is taken for something that this machine does not have, and asked for again,
one of them in each slow poll.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from fleetmon.decode.dialogue import LineDialogue
from fleetmon.decode.lines.placed import Fields, Value
from fleetmon.decode.lines.plan import Plan, Question, planned
from fleetmon.decode.lines.understanding import AnyDefinition, LineMet, understood
from fleetmon.decode.snmp import Pace
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.model.words import Silence

_TURNS_A_SECOND = 100  # so that the late answer of a poll that failed has another number than those of the next
_MAY_BE_MISSING = (Silence.TIMEOUT, Silence.GARBLED)


@dataclass(slots=True)
class _Talk:
    """One poll under way: what each question brought, and what went wrong with those that may be missing."""

    plan: Plan
    told: dict[str, Fields]
    known: frozenset[str]
    turn: int
    first: bool
    silent: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    answered: int = 0
    failure: LinkError | None = None

    def ask_all(self, asked: Iterable[Question]) -> LineDialogue[None]:
        """Ask them one after another."""
        for question in asked:
            yield from self._ask(question)

    def _ask(self, question: Question) -> LineDialogue[None]:
        """What is optional and tells of the moment is asked twice before it is taken for something that is not there:
        once, a reply may be lost."""
        for left in (1, 0) if self.first and question.optional and question.pace != "slow" else (0,):
            failure = yield from self._answered(question)
            if failure is None:
                return
            if not left:
                self._lacks(question, failure)

    def _answered(self, question: Question) -> LineDialogue[LinkError | None]:
        """None if it was; else why not, where that may mean that the machine does not know the question."""
        self.turn += 1
        try:
            answer = yield question.ask(self.turn)
        except LinkError as error:
            if not self._may_be_missing(question, error) or error.came:
                raise  # what was cut short was an answer
            return error
        if not answer.frames and answer.nack is None:
            self._heard_nothing(question)
            return None
        try:
            self.told[question.name] = question.fields(answer)
        except LinkError as error:
            if not self._may_be_missing(question, error):
                raise
            if answer.nack is None:
                return error
            self._lacks(question, error)  # it says so itself
            return None
        (self.refused.discard if answer.nack is None else self.refused.add)(question.name)
        self.answered += 1
        self.silent.discard(question.name)
        return None

    def _lacks(self, question: Question, why: LinkError) -> None:
        self.failure = self.failure or why
        self.missing.append(question.name)

    def _may_be_missing(self, question: Question, error: LinkError) -> bool:
        return question.optional and question.name not in self.known and error.why in _MAY_BE_MISSING

    def _heard_nothing(self, question: Question) -> None:
        if question.silence is None:
            raise GarbledReply(f"{question.name}: the reply is empty")
        self.silent.add(question.name)
        if question.pace != "slow":  # what changes slowly is still so, as far as anybody knows
            self.told.pop(question.name, None)

    def doubt(self, before: Collection[str]) -> LineDialogue[None]:
        """Ask once more where silence begins: a reply may be lost, or the machine may have come back in the middle of
        this poll. As soon as one is silent again, silence is believed."""
        if self.failure is not None and not self.answered:
            return  # nobody is there
        for question in self.plan.questions:
            if question.name in self.silent and question.name not in before:
                yield from self._ask(question)
                if question.name in self.silent:
                    return

    def judge(self) -> None:
        """Raise what went wrong where silence does not explain it: what silence of the line means is only said of a
        line on which nothing comes at all, and at a first meeting it must explain all that was not answered."""
        mute = next(
            (each.name for each in self.plan.questions if each.name in self.silent and not each.own_silence), None
        )
        if self.answered and mute is not None:
            raise LinkError(f"{mute}: no answer, while others were answered")
        if not self.answered and self.failure is not None and (self.first or not self.silent):
            raise self.failure


def poll(
    definition: AnyDefinition,
    met: LineMet | None,
    pace: Pace,
    now_s: float,
    *,
    unit: str | None = None,
    tcp: bool = False,
) -> LineDialogue[LineMet]:
    """One poll; `met` is what the last one returned, `now_s` any clock that counts on, in seconds; `unit` names the
    machine on its line, `tcp` asks for Modbus TCP frames. Raises LinkError as the link does, and GarbledReply where
    what came is not what the definition says."""
    plan = met.plan if met is not None else planned(definition, unit, tcp=tcp)
    talk = _Talk(plan, {}, frozenset(), int(now_s * _TURNS_A_SECOND), first=met is None)
    if met is not None:
        talk.told, talk.known = dict(met.told), frozenset(met.told)
        talk.silent = {name for name in met.silent if plan.by_name[name].own_silence}
        talk.refused = set(met.refused)
    slow = met is None or pace is Pace.SLOW
    missing = met.missing if met is not None else ()
    again = missing[:1] if slow else ()
    wanted = [each for each in plan.questions if each.name not in missing or each.name in again]
    slow = slow or not any(each.pace == "fast" for each in wanted)  # who asks nothing has heard nothing
    yield from talk.ask_all(each for each in wanted if slow or each.pace == "fast")
    if met is not None and not slow and _moved(met, talk):
        later = [each for each in wanted if each.pace != "fast"]
        yield from talk.ask_all(
            each for each in later if each.pace == "on-change" or each.name in talk.silent or each.name not in talk.told
        )
    lasts = met is not None and not _moved(met, talk)  # whoever tells something new may just have found its voice
    yield from talk.doubt(met.silent if met is not None and lasts else ())
    talk.judge()
    return _met(definition, met, talk, tuple(name for name in missing if name not in again), now_s)


def _moved(met: LineMet, talk: _Talk) -> bool:
    """Whether what was asked says otherwise than before, apart from counts, times and temperatures."""
    if any(
        each.pace == "fast" and (each.name in talk.silent) != (each.name in met.silent) for each in met.plan.questions
    ):
        return True
    loud = met.plan.loud
    for name, now in talk.told.items():
        was = met.told.get(name, {})
        if now is not was and any(now.get(key) != was.get(key) for key in loud & (now.keys() | was.keys())):
            return True
    return False


def _met(
    definition: AnyDefinition, met: LineMet | None, talk: _Talk, missing: tuple[str, ...], now_s: float
) -> LineMet:
    silent, refused = tuple(sorted(talk.silent)), tuple(sorted(talk.refused))
    missing = (*missing, *talk.missing)
    now = (talk.told, silent, missing, refused)
    if met is not None and now == (met.told, met.silent, met.missing, met.refused) and not definition.heaters:
        return replace(met, still=True)  # only what a heater means depends on time
    fields: dict[str, Value] = {}
    for question in reversed(talk.plan.questions):
        fields.update(talk.told.get(question.name, {}))
    silences = tuple(
        each.silence for each in talk.plan.questions if each.name in talk.silent and each.silence is not None
    )
    unheard = [each.names for each in talk.plan.questions if each.name not in talk.told or each.name in talk.refused]
    report, warmth = understood(definition, fields, met, now_s, silences, frozenset().union(*unheard))
    return LineMet(
        definition=definition,
        report=report,
        still=met is not None and report.repeats(met.report),
        plan=talk.plan,
        told=talk.told,
        silent=silent,
        missing=missing,
        refused=refused,
        warmth=warmth,
    )

"""Recordings of machines on a line of bytes, served again: the same octets to the same question at the same moment.

One JSON object a line, as docs/record-and-replay.md has it: {"t", "took", "poll", "ask": "1b540d", "got": "3137350d"}.
A question is known again by its octets, whole; over Modbus TCP all but the number of the transaction, which is the
asker's own and goes into the answer. What is asked in a poll at a moment is answered as it was in the poll of that
moment, several times in turn if it was asked several times; what that poll did not ask, as in the one before. So what
was garbled or cut short comes so again, and where nothing came, nothing comes. A machine that could not be reached
hangs up.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.exchanges import Line, first_of, moment_of, read_all
from fleetmon.simulators.sheets.interfaces import Line as SerialLine
from fleetmon.simulators.sheets.interfaces import Parity
from fleetmon.simulators.wires.delivery import Delivery

MODBUS_TCP: Final = "modbus+tcp"
IN_BYTES: Final = frozenset({"serial", "tcp", "rfc2217", MODBUS_TCP})
_UNREACHED: Final = frozenset({"refused", "busy", "port-gone", "unreachable"})
_TRANSACTION: Final = 2  # octets
_LONGEST: Final = 8192


@dataclass(slots=True)
class _Poll:
    """From when on it answers which question how; each next time it is asked, with the next answer."""

    begins: float
    answers: dict[bytes, list[Delivery]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talk:
    """A recorded talk, and what its header tells of machine and line."""

    polls: list[_Poll]
    link: str
    line: SerialLine
    driver: str = ""
    unit: str = ""

    @property
    def lasts(self) -> float:
        """Seconds from the beginning of the recording to its last poll."""
        return self.polls[-1].begins

    @property
    def questions(self) -> frozenset[bytes]:
        """Whatever was asked."""
        return frozenset(asked for poll in self.polls for asked in poll.answers)


def is_spoken(lines: Sequence[str]) -> bool:
    """Whether the first line of a recording names a line of bytes."""
    return first_of(next(filter(str.strip, lines), "")).get("link") in IN_BYTES


def talk(lines: Iterable[str], where: str) -> Talk:
    """The talk that was recorded. Raises BadInput with file and line; a last line that is cut off is left out."""
    polls: dict[int, _Poll] = {}
    ended: list[_Poll] = []

    def take(line: Line) -> None:
        number, at = moment_of(line)
        poll = polls.setdefault(number, _Poll(at))
        if "heard" in line:
            ended.append(polls.pop(number))
        else:
            asked, answer = _exchange(line)
            poll.answers.setdefault(asked, []).append(answer)

    first = read_all(lines, where, take)
    if not ended:
        raise BadInput(f"{where}: holds no whole poll")
    link = str(first.get("link"))
    for poll in ended:
        poll.answers = _by_question(poll.answers, _TRANSACTION if link == MODBUS_TCP else 0)
    unit = first.get("modbus_unit", first.get("unit", ""))
    return Talk(ended, link, _line(first.get("line"), where), str(first.get("driver", "")), str(unit))


def _by_question(answers: dict[bytes, list[Delivery]], skip: int) -> dict[bytes, list[Delivery]]:
    """Keyed by what is compared of a question."""
    found: dict[bytes, list[Delivery]] = {}
    for asked, given in answers.items():
        found.setdefault(asked[skip:], []).extend(given)
    return found


def _exchange(line: Line) -> tuple[bytes, Delivery]:
    took, failed = line["took"], line.get("failed")
    if not isinstance(took, (int, float)) or not 0 <= took < 1e6:
        raise ValueError("took is a number of seconds")
    came = bytes.fromhex(str(line.get("got", ""))) if failed is not None else bytes.fromhex(str(line["got"]))
    after_s = float(took) if failed is None else 0.0  # the time of a failure is the asker's patience
    return bytes.fromhex(str(line["ask"])), Delivery(after_s, came, hang_up=failed in _UNREACHED)


def _line(told: object, where: str) -> SerialLine:
    words = told if isinstance(told, dict) else {}
    numbers = {key: words.get(key, usual) for key, usual in (("baud", 9600), ("data_bits", 8), ("stop_bits", 1))}
    parity = words.get("parity", "none")
    if parity not in list(Parity) or not all(isinstance(number, int) and number > 0 for number in numbers.values()):
        raise BadInput(f"{where}:1: line: {told!r} are no settings of a serial line")
    return SerialLine(numbers["baud"], numbers["data_bits"], Parity(parity), numbers["stop_bits"])


@dataclass(slots=True)
class _Turn:
    """Which poll it is, and how often each question was asked in it; one for all clients."""

    place: int = 0
    asked: dict[bytes, int] = field(default_factory=dict)


class Repeating:
    """A Speaker that says again what was said. `octet_s` is what an octet takes on the line it is served on, and so is
    no part of the time that the machine takes to answer."""

    def __init__(self, told: Talk, octet_s: float = 0.0) -> None:
        self._talk = told
        self._begins = [poll.begins for poll in told.polls]
        self._octet_s = octet_s
        self._skip = _TRANSACTION if told.link == MODBUS_TCP else 0
        self._questions = sorted(filter(None, told.questions), key=len, reverse=True)
        self._heard = b""
        self._turn = _Turn()

    def meet(self) -> "Repeating":
        """The same talk for another client; what one left unfinished is no beginning of another's question."""
        fresh = copy(self)
        fresh._heard = b""
        return fresh

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """What was answered to each question that is complete now."""
        place = max(0, bisect_right(self._begins, now) - 1)
        if place != self._turn.place:
            self._turn.place, self._turn.asked = place, {}
        self._heard = (self._heard + octets)[-_LONGEST:]
        found = []
        while (asked := self._take()) is not None:
            found += self._answer(asked)
        return found

    def _take(self) -> bytes | None:
        """The first whole question in what was heard; what begins none is passed over."""
        while len(self._heard) > self._skip:
            words = self._heard[self._skip :]
            if whole := next((asked for asked in self._questions if words.startswith(asked)), None):
                asked, self._heard = self._heard[: self._skip] + whole, words[len(whole) :]
                return asked
            if any(asked.startswith(words) for asked in self._questions):
                return None
            self._heard = self._heard[1:]
        return None

    def _answer(self, asked: bytes) -> list[Delivery]:
        question = asked[self._skip :]
        given = self._given(question)
        turn = self._turn.asked.get(question, 0)
        self._turn.asked[question] = turn + 1
        answer = given[min(turn, len(given) - 1)]
        if not answer.octets:
            return [answer] if answer.hang_up else []
        on_the_line_s = (len(asked) + len(answer.octets)) * self._octet_s
        octets = asked[: self._skip] + answer.octets[self._skip :]
        return [answer._replace(after_s=max(0.0, answer.after_s - on_the_line_s), octets=octets)]

    def _given(self, question: bytes) -> list[Delivery]:
        """By this poll, else by the last one before it that asked, else by the first that will."""
        before, after = self._talk.polls[self._turn.place :: -1], self._talk.polls[self._turn.place + 1 :]
        return next(poll.answers[question] for poll in (*before, *after) if question in poll.answers)

"""HP's Printer Job Language, the status half of it, as laser printers speak it on port 9100 and on serial lines.

    ESC %-12345X @PJL CR LF                    the universal exit leads into PJL from wherever the printer was
    @PJL INFO STATUS CR LF                     -> @PJL INFO STATUS CR LF CODE=10001 CR LF DISPLAY="..." CR LF
                                                  ONLINE=TRUE CR LF FF
    @PJL USTATUS DEVICE = ON                   -> the same by itself whenever it changes, until @PJL USTATUSOFF

Every answer ends with a form feed. There is one current code: of two faults the printer names one, and an on-line
warning only while nothing stops it. After a line that is not PJL, or ENTER LANGUAGE, all is print data up to the next
universal exit. Settings and messages for the display are taken and come to nothing; a category nobody knows reads "?".

A fault says `code`, and `display` where its text is another. Words: `ready`, `busy`, `warming`, `sleep` (codes while
nothing is wrong), `id`, `busy_ms` (how long it takes to answer while it works), and `joined = 1` for printers that put
one form feed behind all answers up to the universal exit, as a Brother was seen to do.
Source: PJL Technical Reference Manual, chapter 7.
"""

from dataclasses import dataclass, field

from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Activity
from fleetmon.simulators.speakers.words import known_words, number_of, text_of
from fleetmon.simulators.wires.delivery import Delivery

_EXIT = b"\x1b%-12345X"
_LONGEST = 1024
_PAGES_AT_ONCE = 50
_CODES = {
    Activity.IDLE: ("ready", 10001),
    Activity.WORKING: ("busy", 10023),
    Activity.WARMING: ("warming", 10003),
    Activity.ASLEEP: ("sleep", 40000),
    Activity.STOPPED: ("ready", 10001),
}
_LEVELS = {"DEVICE": ("OFF", "ON", "VERBOSE"), "JOB": ("OFF", "ON"), "PAGE": ("OFF", "ON")}
_TIMED_LEAST, _TIMED_MOST = 5, 300


@dataclass(slots=True)
class _Unasked:
    """What it was asked to tell by itself, and what it told last."""

    levels: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_LEVELS, "OFF"))
    timed: int = 0
    status: tuple[str, ...] = ()
    pages: int = 0
    timed_at: float = 0.0


class Pjl:
    """The voice of a laser printer."""

    def __init__(self, machine: Machine) -> None:
        interface = machine.sheet.speaks
        if interface is None:
            raise BadInput(f"{machine.sheet.name} has no [bytes]")
        known = ("ready", "busy", "warming", "sleep", "id", "busy_ms", "joined")
        self._words = known_words(machine.sheet, known, ("code", "display"))
        self._machine = machine
        self._after = interface.answers_after
        self._joined = number_of(self._words, "joined", 0) == 1
        self._forget()

    def hear(self, octets: bytes, now: float) -> list[Delivery]:
        """What has changed, then what was asked for; nothing while it is off, and then all it was told is forgotten."""
        self._machine.step(now)
        if not self._machine.answers:
            self._forget()
            return []
        answers = self._by_itself(now)
        answers += [answer for octet in octets if (answer := self._octet(octet, now))]
        busy = number_of(self._words, "busy_ms", 0) / 1000 if self._machine.activity is Activity.WORKING else 0.0
        return [Delivery(self._after + busy, answer) for answer in answers]

    def _forget(self) -> None:
        self._line = bytearray()
        self._listening = False
        self._unasked = _Unasked()
        self._held = b""

    # -- what it is told

    def _octet(self, octet: int, now: float) -> bytes:
        self._line.append(octet)
        if self._line.endswith(_EXIT):
            self._line.clear()
            self._listening = True
            held, self._held = self._held, b""
            return held + b"\f" if held else b""
        if octet != 0x0A:
            del self._line[: -_LONGEST if self._listening else -len(_EXIT)]
            return b""
        line = bytes(self._line).decode("latin-1").strip()
        self._line.clear()
        if not self._listening or not line:
            return b""
        words = line.split(maxsplit=2)
        if words[0].upper() != "@PJL":
            self._listening = False
            return b""
        return (
            self._framed(self._command(words[1].upper(), words[2] if len(words) > 2 else "", now)) if words[1:] else b""
        )

    def _command(self, command: str, rest: str, now: float) -> list[str]:
        """The lines of the answer; none where nothing is answered."""
        match command:
            case "ECHO":
                return [f"@PJL ECHO {rest}"]
            case "INFO":
                return [f"@PJL INFO {rest.upper()}", *self._info(rest.upper())]
            case "INQUIRE" | "DINQUIRE":
                return [f"@PJL {command} {rest}", '"?"']
            case "USTATUS":
                self._tell(rest.replace(" ", "").upper(), now)
            case "USTATUSOFF":
                self._unasked = _Unasked()
            case "ENTER":
                self._listening = False
        return []

    def _tell(self, setting: str, now: float) -> None:
        name, _, value = setting.partition("=")
        unasked = self._unasked
        if value in _LEVELS.get(name, ()):
            unasked.levels[name] = value
            unasked.status, unasked.pages = self._status(), self._machine.made
        elif name == "TIMED" and value.isascii() and value.isdigit() and len(value) < 4:
            unasked.timed = int(value) if _TIMED_LEAST <= int(value) <= _TIMED_MOST else 0
            unasked.timed_at = now

    # -- what it says

    def _framed(self, lines: list[str]) -> bytes:
        if not lines:
            return b""
        text = "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")
        if not self._joined:
            return text + b"\f"
        self._held = (self._held + text)[:_LONGEST]
        return b""

    def _status(self) -> tuple[str, ...]:
        """One code: of the first fault that has one, those that stop it first, or of what the machine is doing."""
        faults = [fault for fault in self._machine.faults if fault.number("code")]
        if faults:
            code, text = faults[0].number("code"), faults[0].text_of("display") or faults[0].text
        else:
            activity = self._machine.activity
            word, otherwise = _CODES[activity]
            code, text = number_of(self._words, word, otherwise), self._machine.sheet.console.words[activity]
        on_line = not any(fault.stops for fault in self._machine.faults)
        return f"CODE={code}", f'DISPLAY="{text}"', f"ONLINE={'TRUE' if on_line else 'FALSE'}"

    def _info(self, category: str) -> list[str]:
        sheet, unasked = self._machine.sheet, self._unasked
        match category:
            case "STATUS":
                return list(self._status())
            case "ID":
                return [f'"{text_of(self._words, "id", sheet.title)}"']
            case "PAGECOUNT":
                life = sheet.markers[0].life if sheet.markers else 0
                return [f"PAGECOUNT={life + self._machine.documents}"]
            case "USTATUS":
                lines = []
                for name, values in _LEVELS.items():
                    lines += [
                        f"{name}={unasked.levels[name]} [{len(values)} ENUMERATED]",
                        *(f"\t{each}" for each in values),
                    ]
                return [*lines, f"TIMED={unasked.timed} [2 RANGE]", f"\t{_TIMED_LEAST}", f"\t{_TIMED_MOST}"]
        return ['"?"']

    def _by_itself(self, now: float) -> list[bytes]:
        unasked, answers, status = self._unasked, [], self._status()
        if unasked.levels["DEVICE"] != "OFF" and status != unasked.status:
            answers.append(_message("DEVICE", *status))
        unasked.status = status
        if unasked.levels["PAGE"] == "ON":
            pages = range(unasked.pages + 1, self._machine.made + 1)[-_PAGES_AT_ONCE:]
            answers += [_message("PAGE", str(page)) for page in pages]
        unasked.pages = self._machine.made
        if unasked.timed and now - unasked.timed_at >= unasked.timed:
            unasked.timed_at += (now - unasked.timed_at) // unasked.timed * unasked.timed
            answers.append(_message("TIMED", *status))
        return answers


def _message(of: str, *lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (f"@PJL USTATUS {of}", *lines)).encode("latin-1", "replace") + b"\f"

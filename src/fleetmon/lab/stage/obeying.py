"""What a running office can be told and asked at its door, one JSON object a line.

Orders are those of `simulators/model/commands.py`, word for word: `{"machine": "laminator-1", "do": "raise", "fault":
"document-jam", "seconds": 30}`; no machine means the office as a whole. Beside them stand `"do": "vice"` for the line
to a machine, and two questions: `{"ask": "list"}` what there is to name, `{"ask": "picture"}` what happens now.
"""

from collections.abc import Callable, Iterable, Mapping

from fleetmon.lab.stage.lines import Lines
from fleetmon.lab.stage.picture import LinePicture, Picture, really
from fleetmon.lab.stage.view import does
from fleetmon.simulators.bad_line import read_vice, read_words, vice_of
from fleetmon.simulators.model.commands import NEVER, OFFICE_ORDERS, Command, Do, read_command
from fleetmon.simulators.model.machine import Machine
from fleetmon.simulators.orders import near, read_order, standing
from fleetmon.simulators.plant.plant import Plant
from fleetmon.simulators.reading import BadInput, Table
from fleetmon.simulators.vices import AT_THE_MACHINE

Told = dict[str, object]
_QUESTIONS = ("list", "picture")
_VICE = "vice"


class Obeying:
    """Answers lines for one office. `clock` tells the office's own time, `picture` shows the present."""

    def __init__(self, plant: Plant, lines: Lines, clock: Callable[[], float], picture: Callable[[], Picture]) -> None:
        self._plant = plant
        self._lines = lines
        self._clock = clock
        self._picture = picture

    def answer(self, line: str) -> Told:
        """Carry out one line; tells how things stand then, or `"ok": false` and why."""
        try:
            words = read_order(line)
            table = Table(words, "order")
            if "ask" in words:
                return {"ok": True} | self._ask(table)
            return {"ok": True} | (self._spoil(table) if words.get("do") == _VICE else self._obey(table))
        except BadInput as error:
            return {"ok": False, "error": str(error)}

    def _ask(self, table: Table) -> Told:
        asked = table.text("ask")
        table.done()
        if asked not in _QUESTIONS:
            raise BadInput(f"{asked!r} is no question; {near(asked, _QUESTIONS)}")
        picture = self._picture()
        return self._list(picture) if asked == "list" else told(picture)

    def _list(self, picture: Picture) -> Told:
        """Everything that can be named in an order."""
        machines = self._plant.machines
        spoilt = dict(self._lines.spoilt())
        return {
            "office": picture.office,
            "machines": [
                _named(machines[box.machine]) | {"urls": list(box.urls), "bad_line": spoilt.get(box.machine, "")}
                for box in picture.boxes
            ],
            "lines": [_line(line) for line in picture.lines],
            "vices": [*self._lines.known(), *AT_THE_MACHINE],
            "machine_orders": sorted(set(Do) - OFFICE_ORDERS),
            "office_orders": sorted(OFFICE_ORDERS),
        }

    def _spoil(self, table: Table) -> Told:
        """`"vice": "loss share=0.05, slow"`; one vice's numbers may stand beside it, as `"numbers": {"share": 0.05}`.

        What befalls the machine itself and only looks like a bad line is obeyed by it.
        """
        name, words = table.text("machine"), table.text("vice")
        (word, numbers), *_ = read_words(words)
        if word in list(AT_THE_MACHINE):
            return self._obey(_as_order(table, name, word, numbers))
        table.text("do")
        seconds = table.number("seconds") if table.has("seconds") else NEVER
        beside = table.numbers("numbers")
        table.done()
        vices = vice_of(words, beside) if beside else read_vice(words)
        self._lines.spoil(name, vices, self._clock() + seconds)
        return {"machine": name, "vice": str(self._lines.vices[name].vices if name in self._lines.vices else vices)}

    def _obey(self, table: Table) -> Told:
        name = table.text("machine", "")
        command = read_command(table)
        table.done()
        machine = self._plant.machines.get(name)
        if machine is not None:
            _check(command, machine)
        elif command.do not in OFFICE_ORDERS:
            raise BadInput(_who_can(command, name, self._plant.machines))
        self._plant.obey(name, command, self._clock())
        return standing(machine) if machine is not None else {"machine": name}


def _as_order(table: Table, name: str, do: str, numbers: Mapping[str, float]) -> Table:
    """`wrap-counter documents=3` as the order it is."""
    order: dict[str, object] = {"machine": name, "do": do}
    order |= {number: int(value) if value.is_integer() else value for number, value in numbers.items()}
    return Table(order | ({"seconds": table.number("seconds")} if table.has("seconds") else {}), "order")


def _who_can(command: Command, name: str, machines: Iterable[str]) -> str:
    if name:
        return f"no machine is named {name!r}; {near(name, machines)}"
    return f"{command.do} is for one machine, not for the office; {near('', machines)}"


def _check(command: Command, machine: Machine) -> None:
    """As the plant would, but with what was probably meant."""
    for what, word, words in (
        ("fault", command.fault, machine.sheet.faults),
        ("store", command.store, machine.sheet.stores),
    ):
        if word and word not in words:
            raise BadInput(f"{machine.name} has no {what} {word!r}; {near(word, words)}")


def _named(machine: Machine) -> Told:
    faults: Iterable[str] = machine.sheet.faults
    return standing(machine) | {
        "title": machine.sheet.title, "kind": machine.sheet.kind.value, "can_have": list(faults)
    }  # fmt: skip


def _line(line: LinePicture) -> Told:
    between = [buffer.room or 0 for buffer in line.buffers[1:]]
    return {"line": line.name, "stages": [list(stage) for stage in line.stages], "between": between}


def told(picture: Picture) -> Told:
    """A picture for somebody in another process."""
    return {
        "office": picture.office,
        "at": picture.at.isoformat(timespec="seconds"),
        "rate": picture.rate,
        "made": picture.made,
        "machines": [{"machine": box.machine, "does": does(box), "stopped": box.stopped} for box in picture.boxes],
        "really": list(really(picture)),
    }

"""A picture of the office on a terminal, or as plain lines where none is.

A terminal may have no more than 80 columns and 24 lines: a line of the office and a machine have one row each, what
stands still comes before machines that merely work, and what does not fit is cut off where the least stands. Plain
lines tell only what has changed.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import Group, RenderableType
from rich.text import Text

from fleetmon.lab.stage.picture import Box, Buffer, LinePicture, Picture, really

_BAR = 6
_FEW_TRUTHS = 2
_FEW_LINES = 3
_FIXED = 5  # rows: the head, the table's head, the truth's title, the hint, the cursor's
_STYLES = {"working": "green", "idle": "cyan", "warming": "yellow", "asleep": "dim", "off": "dim"}
_NAME = (7, 16)  # columns, at least and at most
_DOCS, _WAITS, _SUPPLY = 6, 5, 15
_GAP = "  "
_ADDRESS = "answers at"
_NOTHING = "nothing stands still"


def draw(picture: Picture, width: int, height: int, hint: str, notes: Sequence[str] = ()) -> RenderableType:
    """The whole picture, as large as the terminal allows. `notes` are what the user is told to do, newest last."""
    truths = list(really(picture)) or [_NOTHING]
    lines = list(_lines(picture, max(_FEW_LINES, height // 5), width))
    aside = [one_line(text) for text in (_people(picture), _spoilt(picture)) if text]
    free = height - _FIXED - len(lines) - len(aside) - min(len(notes), 2)
    rows = max(2, min(len(picture.boxes), free - min(len(truths), _FEW_TRUTHS)))
    shown = max(1, free - min(rows, len(picture.boxes)))
    return Group(
        one_line(head(picture), "bold"),
        *lines,
        *_machines(picture.boxes, rows, width),
        *aside,
        Text("what is really happening", style="bold"),
        *(one_line(f"  {truth}", "green" if truth == _NOTHING else "red") for truth in truths[:shown]),
        *(one_line(note, "bold yellow") for note in list(notes)[-2:]),
        one_line(hint, "dim"),
    )


def head(picture: Picture) -> str:
    """`demo  Mon 2026-03-02 08:12:40  10 x  123 documents made`."""
    return f"{picture.office}  {picture.at:%a %Y-%m-%d %H:%M:%S %Z}  {picture.rate:g} x  {picture.made} documents made"


def one_line(text: str, style: str = "") -> Text:
    """A text that is cut off rather than wrapped."""
    return Text(text, style=style, no_wrap=True, overflow="crop")


def _people(picture: Picture) -> str:
    return f"people   {';  '.join(picture.people)}" if picture.people else ""


def _spoilt(picture: Picture) -> str:
    """What is wrong with the lines to machines, which the machines do not know."""
    return f"bad lines   {';  '.join(picture.spoilt)}" if picture.spoilt else ""


def _lines(picture: Picture, most: int, width: int) -> Iterator[Text]:
    """Where not all fit, those in which something stopped come first and the rest is counted."""
    stopped = {box.machine for box in picture.boxes if box.stopped}
    lines = picture.lines
    if len(lines) > most:
        lines = tuple(sorted(lines, key=lambda line: not stopped.intersection(chain(*line.stages))))[: most - 1]
    yield from (_line(line, stopped, width) for line in lines)
    if len(lines) < len(picture.lines):
        yield one_line(f"and {len(picture.lines) - len(lines)} more lines", "dim")


def _line(line: LinePicture, stopped: set[str], width: int) -> Text:
    """`line-1  12 > printer-1 > [##....] 3/8 > laminator-1 > 41 made`; where that is too long, without the bars."""
    drawn = _row(line, stopped, bar=True)
    return drawn if drawn.cell_len <= width else _row(line, stopped, bar=False)


def _row(line: LinePicture, stopped: set[str], bar: bool) -> Text:
    row = one_line(f"{line.name:<8} ", "bold")
    for stage, buffer in zip(line.stages, line.buffers, strict=False):
        row.append(f"{_fill(buffer, bar)} > ", "default not bold")
        for number, machine in enumerate(stage):
            style = "bold red" if machine in stopped else "green not bold"
            row.append(", " if number else "", "default not bold").append(machine, style)
        row.append(" > ", "default not bold")
    return row.append(f"{line.made} made", "default not bold")


def _fill(buffer: Buffer, bar: bool) -> str:
    if buffer.room is None:
        return str(buffer.documents)
    full = round(_BAR * buffer.documents / buffer.room) if buffer.room else 0
    drawn = f"[{'#' * min(full, _BAR):.<{_BAR}}] " if bar else ""
    return f"{drawn}{buffer.documents}/{buffer.room}"


def _machines(boxes: Sequence[Box], rows: int, width: int) -> Iterator[Text]:
    """Where not all fit, those that stand still come first and the rest is counted."""
    ordered = boxes if len(boxes) <= rows else sorted(boxes, key=lambda box: not box.stopped)
    shown = ordered if len(boxes) <= rows else ordered[: rows - 1]
    name = max([_NAME[0], *(min(len(box.machine), _NAME[1]) for box in shown)])
    address = max([len(_ADDRESS), *(len(where(box)) for box in shown)])
    room = max(8, width - name - _DOCS - _WAITS - _SUPPLY - address - 5 * len(_GAP))

    def row(*cells: str) -> str:
        machine, doing, docs, waits, scarcest, url = cells
        texts = (
            f"{cut(machine, name):<{name}}",
            f"{cut(doing, room):<{room}}",
            f"{docs:>{_DOCS}}",
            f"{waits:>{_WAITS}}",
            f"{cut(scarcest, _SUPPLY):<{_SUPPLY}}",
            url,
        )
        return _GAP.join(texts)

    yield one_line(row("machine", "does", "docs", "waits", "scarcest", _ADDRESS), "bold")
    for box in shown:
        style = "bold red" if box.stopped else _STYLES.get(box.does.partition(" ")[0], "")
        yield one_line(
            row(box.machine, does(box), str(box.documents), str(box.waiting or ""), supply(box), where(box)), style
        )
    if len(shown) < len(boxes):
        yield one_line(f"and {len(boxes) - len(shown)} more", "dim")


def cut(text: str, width: int) -> str:
    """At most so many characters, the end cut off."""
    return text if len(text) <= width else f"{text[: width - 2]}.."


def does(box: Box) -> str:
    """`working`, `stopped: upper-film-empty, cover-open`."""
    return f"{box.does}{': ' if box.faults else ''}{', '.join(box.faults)}"


def supply(box: Box) -> str:
    """`43 % black`."""
    return "" if box.supply is None else f"{100 * box.supply[1]:.0f} % {box.supply[0]}"


def where(box: Box) -> str:
    """`snmp 16161`: its first address, the shortest way; on loopback the port says it."""
    first = box.urls[0] if box.urls else ""
    scheme, _, rest = first.partition("://")
    return f"{scheme} {rest.removeprefix('127.0.0.1:')}" if rest else first


def changes(before: Picture | None, now: Picture) -> Iterator[str]:
    """Where no terminal is: a line for each machine that stops or goes on, and for each truth that is new or over."""
    moment = f"{now.at:%H:%M:%S}"
    then = {box.machine: does(box) for box in before.boxes} if before else {}
    for box in now.boxes:
        if before and then.get(box.machine) != does(box) and (box.stopped or ":" in f"{then.get(box.machine)}"):
            yield f"{moment}  {box.machine:<14} {does(box)}"
    standing = {(stop.machine, stop.word, stop.reason): stop for stop in (before.standstills if before else ())}
    standing_now = {(stop.machine, stop.word, stop.reason): stop for stop in now.standstills}
    for key in standing_now.keys() - standing.keys():
        stop = standing_now[key]
        yield f"{moment}  {stop.machine:<14} truth: {stop.word}, {stop.reason}; {stop.waiting} waiting"
    for key in standing.keys() - standing_now.keys():
        yield f"{moment}  {key[0]:<14} truth: {key[1]} is over, {key[2]}"

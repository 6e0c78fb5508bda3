"""All scenarios as one table for people: what each shows, how long it lasts, what happens in it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from fleetmon.simulators.model.commands import Command, Happening
from fleetmon.simulators.stories.scenario import Scenario

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def markdown(scenarios: Iterable[Scenario]) -> str:
    """The table in Markdown, with a line for each scenario, in the order given."""
    lines = ["| scenario | what it shows | lasts | what happens |", "| --- | --- | --- | --- |"]
    for each in scenarios:
        happens = "; ".join(_happens(each)) or "nothing that is scripted"
        lines.append(f"| `{each.name}` | {each.shows} | {in_words(each.lasts)} | {happens} |")
    return "\n".join(lines) + "\n"


def in_words(seconds: float) -> str:
    """`93600` -> `1 d 2 h`; the two largest units, the second only if it is not 0."""
    left, parts = round(abs(seconds)), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return ("-" if seconds < 0 else "") + (" ".join(parts[:2]) or "0 s")


def _happens(scenario: Scenario) -> Iterator[str]:
    """The same order given again is told once, with its number."""
    for words, times in Counter(map(_order, scenario.happenings)).items():
        yield words + (f", {times} times" if times > 1 else "")
    for link in scenario.links:
        numbers = "".join(f" {name} {value:g}" for name, value in link.numbers.items())
        whole = link.ends - link.begins == scenario.lasts
        yield f"link of {link.machine}: {link.vice}{numbers}" + (
            "" if whole else f", {in_words(link.ends - link.begins)}"
        )
    for trouble in scenario.daemon:
        yield f"daemon: {trouble.trouble} {in_words(trouble.seconds)}"


def _order(happening: Happening) -> str:
    command = happening.command
    return f"{happening.machine or 'office'}: {' '.join([command.do, *_details(command)])}"


def _details(command: Command) -> Iterator[str]:
    yield from filter(None, (command.fault, command.store, command.serial))
    if command.left:
        yield f"{command.left:g} left"
    if command.factor != 1:
        yield f"x {command.factor:g}"
    if command.documents < float("inf"):
        yield f"{command.documents:g} documents"
    if command.seconds < float("inf"):
        yield in_words(command.seconds)

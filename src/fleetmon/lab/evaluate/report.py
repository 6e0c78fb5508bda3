"""The figures of an evaluation on a page of 100 columns, for people who decide whether they believe in alerts."""

from collections.abc import Iterator
from math import isfinite

from fleetmon.lab.evaluate.bounds import Bounded
from fleetmon.lab.evaluate.facts import Kind
from fleetmon.lab.evaluate.figures import Class, Figures
from fleetmon.lab.evaluate.score import Score


def page(found: Figures) -> Iterator[str]:
    """The lines of the page."""
    months = f"{found.machine_months:.1f} machine-months of 150 scheduled hours"
    yield f"{found.runs} runs, {months}, {found.alerts} alerts told"
    yield ""
    yield f"{'what':<46} {'figure':>12}   95 % bounds"
    yield from _rows(found)
    yield ""
    yield (
        f"{'incidents of':<10} {'there':>6} {'told':>6} {'due':>6} {'missed':>7} {'late':>5} {'delay':>8} {'p90':>8}"
        f" {'machine':>8} {'reason':>7} {'alerts':>7}"
    )
    yield from (_class(each) for each in found.classes)
    yield ""
    yield from (f"{'kept  ' if gate.kept else 'BROKEN'}  {gate.promise}" for gate in found.gates)


def findings(score: Score) -> Iterator[str]:
    """Everything somebody should look at, one line each."""
    for each in score.findings:
        yield f"{each.sort}: {each.run} at {each.at:.0f} s: {each.text}"


def _rows(found: Figures) -> Iterator[str]:
    count = f"{found.false_count} of {found.alerts} alerts"
    yield _row(f"false alarms per machine-month ({count})", found.false_alarms, "{:.3f}")
    yield _row(f"missed, of {found.due} that had to be told", found.missed, "{:.2%}")
    yield _row("missed, of those of 15 scheduled minutes", found.missed_long, "{:.2%}")
    yield _row("told later than delay and 1.5 polls", found.late, "{:.2%}")
    yield _row("delay from its beginning, median", found.median, "{:.0f} s")
    yield _row("delay from its beginning, 90 of 100 within", found.p90, "{:.0f} s")
    yield _row("right machine", found.right_machine, "{:.2%}")
    yield _row("right machine and right reason", found.right_reason, "{:.2%}")
    yield _plain(f"alerts per incident ({found.incidents_told} told)", found.alerts_per_incident)
    yield _row("incidents with more than one alert", found.more_than_one, "{:.2%}")
    yield _plain("messages per incident, with worse news and reminders", found.messages_per_incident)
    yield f"{'true warnings of what stops nothing':<46} {found.warnings:>12}"
    yield f"{'false notices (P4)':<46} {found.false_notices:>12}"
    yield f"{'false alarms after a restart or the like':<46} {found.confused:>12}"
    stalls = found.stalls
    yield ""
    yield f"{'silent stalls, with and without work that waits':<46} {stalls.there:>12}"
    yield _row(f"missed, of {stalls.due} with 15 min of waiting work", stalls.missed, "{:.2%}")
    yield _row("delay while work waits, median", stalls.median, "{:.0f} s")
    yield _row("delay while work waits, 90 of 100 within", stalls.p90, "{:.0f} s")
    yield _row("delay by the clock, 90 of 100 within", stalls.clock_p90, "{:.0f} s")
    yield _row("right machine of a silent stall", stalls.right_machine, "{:.2%}")


def _row(what: str, figure: Bounded, form: str) -> str:
    return f"{what:<46} {_figure(figure.value, form):>12}   {_figure(figure.low, form)} .. {_figure(figure.high, form)}"


def _plain(what: str, value: float | None) -> str:
    return f"{what:<46} {_figure(value, '{:.3f}'):>12}"


def _figure(value: float | None, form: str) -> str:
    return form.format(value) if value is not None and isfinite(value) else "-"


def _class(each: Class) -> str:
    silent = each.kind is Kind.SILENT
    return (
        f"{each.kind:<12} {each.incidents:>6} {each.told:>6} {each.due:>6}"
        f" {each.missed:>7} {'-' if silent else each.late:>5}"
        f" {_figure(each.median.value, '{:.0f} s'):>8} {_figure(each.p90.value, '{:.0f} s'):>8}"
        f" {_figure(each.right_machine.value, '{:.1%}'):>8}"
        f" {_figure(each.right_reason.value, '{:.1%}'):>7}"
        f" {_figure(each.alerts_per_incident, '{:.3f}'):>7}"
    )

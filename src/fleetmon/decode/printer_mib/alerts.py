"""The alert table (RFC 3805 prtAlertTable): which rows are faults and which are only something said.

The table holds what stands now, but devices put state texts ("Sleep"), positive edges (power-up), old job errors and
placeholders beside real faults. Critical and binary-warning rows are faults, unless their code tells of an edge;
everything else is a notice. No row is dropped except the 3/0/0/0 placeholder, and no code: an unknown one is `other`.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from fleetmon import vocabulary
from fleetmon.decode.codes import AlertMeaning, Nature, alert
from fleetmon.decode.objects import Row, number, text
from fleetmon.decode.printer_mib import mib
from fleetmon.decode.printer_words import TRAINING_LEVELS
from fleetmon.definition import compiled
from fleetmon.definition.meanings import TextRule
from fleetmon.model.report import Fault, Notice
from fleetmon.model.words import Severity

_CRITICAL, _UNARY_WARNING, _BINARY_WARNING = 3, 4, 5
_NOTICE_SEVERITY = {_CRITICAL: Severity.ERROR, _UNARY_WARNING: Severity.WARNING, _BINARY_WARNING: Severity.WARNING}
_FAULT_SEVERITY = {_CRITICAL: Severity.ERROR, _BINARY_WARNING: Severity.WARNING}
_VAGUE = frozenset({"other", "unknown"})
_POWER_SAVER, _PJL_SLEEP = 23, 40000

_PARTS = {
    6: "cover",
    8: "input",
    9: "output",
    10: "marker",
    11: "supply",
    12: "colorant",
    13: "media-path",
    14: "channel",
    15: "interpreter",
    30: "finisher",
    31: "finisher-supply",
    32: "finisher-input",
}
_FIN_DEVICE, _FIN_SUPPLY = 30, 31

Finishers: TypeAlias = Mapping[tuple[int, int], int]
"""FinDeviceTypeTC by alert group and index: rows of group finDevice name a device, those of finSupply a supply."""


def read(
    rows: Iterable[Row], finishers: Finishers, uptime: int | None, rules: tuple[TextRule, ...]
) -> tuple[list[Fault], list[Notice]]:
    """Faults and notices of the table; `uptime` is sysUpTime in ticks."""
    faults: list[Fault] = []
    notices: list[Notice] = []
    for row in rows:
        if _is_placeholder(row):
            continue
        said = _read_row(row, finishers, uptime, rules)
        if isinstance(said, Fault):
            faults.append(said)
        else:
            notices.append(said)
    return faults, notices


def says_asleep(rows: Iterable[Row]) -> bool:
    """A row says that the machine saves power: code subunitPowerSaver(23), or the PJL status 40000 as location."""
    return any(row.get(mib.ALERT_CODE) == _POWER_SAVER or row.get(mib.ALERT_LOCATION) == _PJL_SLEEP for row in rows)


def finisher_types(devices: Iterable[tuple[int, Row]], supplies: Iterable[tuple[int, Row]]) -> Finishers:
    """From the rows of finDeviceTable and finSupplyTable: a supply's row names the device that it belongs to."""
    types = {(_FIN_DEVICE, index): number(row.get(mib.FIN_DEVICE_TYPE)) or 0 for index, row in devices}
    owners = {index: number(row.get(mib.FIN_SUPPLY_DEVICE)) or 0 for index, row in supplies}
    return types | {(_FIN_SUPPLY, index): types.get((_FIN_DEVICE, owner), 0) for index, owner in owners.items()}


def _read_row(row: Row, finishers: Finishers, uptime: int | None, rules: tuple[TextRule, ...]) -> Fault | Notice:
    code, group = number(row.get(mib.ALERT_CODE)), number(row.get(mib.ALERT_GROUP))
    level, words = number(row.get(mib.ALERT_SEVERITY)), text(row.get(mib.ALERT_DESCRIPTION))
    index = number(row.get(mib.ALERT_GROUP_INDEX))
    meaning = alert(code if code is not None else 1, group, finishers.get((group or 0, index or 0)))
    reason, severity = _fault_word(meaning, level, words, rules)
    if severity is None:
        said = _NOTICE_SEVERITY.get(level, Severity.REPORT) if level is not None else Severity.REPORT
        return Notice("" if code is None else str(code), meaning.keyword, said, words)
    return Fault(
        reason=reason,
        severity=severity,
        codes=() if code is None else (str(code),),
        text=words,
        part=_part(group, index),
        actor=TRAINING_LEVELS.get(number(row.get(mib.ALERT_TRAINING)) or 0),
        age_s=_age_s(number(row.get(mib.ALERT_TIME)), uptime),
    )


def _fault_word(
    meaning: AlertMeaning, level: int | None, words: str | None, rules: tuple[TextRule, ...]
) -> tuple[str, Severity | None]:
    """The reason and severity of a row, severity None if it is no fault. Where the code is vague the driver's text
    rules may tell more; where the device gives no severity, the vocabulary's default stands."""
    if meaning.nature is not Nature.FAULT:
        return meaning.keyword, None
    said = _FAULT_SEVERITY.get(level) if level is not None else None
    if meaning.keyword in _VAGUE:
        rule = next((rule for rule in rules if words and compiled(rule.pattern).search(words)), None)
        if rule is not None and (said is not None or level is None):
            return rule.reason, said or rule.severity
        return meaning.keyword, said
    if level is None:
        return meaning.keyword, vocabulary.reason(meaning.keyword).severity
    return meaning.keyword, said


def _is_placeholder(row: Row) -> bool:
    """Severity critical, but group, index and code 0 and no words: "no alert", as some agents say it."""
    zeroes = (row.get(mib.ALERT_GROUP), row.get(mib.ALERT_GROUP_INDEX), row.get(mib.ALERT_CODE))
    return (
        row.get(mib.ALERT_CODE) == 0
        and all(value in (0, None) for value in zeroes)
        and not text(row.get(mib.ALERT_DESCRIPTION))
    )


def _part(group: int | None, index: int | None) -> str | None:
    name = _PARTS.get(group) if group is not None else None
    return f"{name}-{index}" if name and index is not None and index > 0 else name


def _age_s(time: int | None, uptime: int | None) -> float | None:
    """prtAlertTime is in the clock of sysUpTime; 0 and times to come are not believed."""
    if time is None or uptime is None or not 0 < time <= uptime:
        return None
    return (uptime - time) / 100

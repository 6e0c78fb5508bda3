"""A second opinion on what is published: the Printer-MIB read anew, against the captures' independent decoding.

Nothing here comes from fleetmon, nor do the tables of `mib_again`. Every leaf of an expected entry is a fact of one
kind, its path; a kind is compared, or stands in `excuses` with the reason why nothing published can be compared.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from .excuses import NOT_PUBLISHED, SOMETIMES
from .mib_again import (
    BITS,
    CLASSES,
    COLOUR,
    KEYWORDS,
    KINDS,
    NO_CONDITION,
    PARTS,
    QUALITIES,
    REASONS_OF_BITS,
    SEVERITIES,
    STOPPING_BITS,
    TRAINING,
    UNITS,
    WORDS,
    WORDS_OF_THE_UNTYPED,
    bits_set,
    tidy,
)

Json: TypeAlias = Any  # what json.loads gives
Entry: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True)
class Fact:
    """One leaf of the expectation beside what was published for it."""

    path: str
    expected: Json
    published: Json
    agrees: bool


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every leaf with its path; a list of plain values is as many facts as it has, an empty one is one fact."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        if not value and path in {"printers[].error_bits", "printers[].error_bits_beyond_14"}:
            yield path, None
        for inner in value:
            yield from leaves(inner, f"{path}[]" if isinstance(inner, Mapping) else path)
    else:
        yield path, value


def excused(path: str) -> str | None:
    """The key of NOT_PUBLISHED under which a path falls."""
    return next((key for key in NOT_PUBLISHED if path == key or path.startswith((f"{key}.", f"{key}["))), None)


def uncompared(entry: Entry, facts: Sequence[Fact]) -> Counter[str]:
    """How many leaves of each kind the facts leave out, without those that need not be there."""
    wanted = Counter(path for path, _ in leaves(entry) if not excused(path) and not path.startswith(tuple(SOMETIMES)))
    return wanted - Counter(fact.path for fact in facts)


def facts(entry: Entry, told: Json, said: str) -> Iterator[Fact]:
    """Every fact that the published state `told` can confirm or not; `said` is all the text in the capture."""
    yield Fact("is_printer", entry["is_printer"], True, entry["is_printer"] is True)
    yield from _identity(entry, told["identity"], said)
    yield _same("sysUpTime_ticks", entry["sysUpTime_ticks"], _scaled(told["uptime_s"]))
    for printer in entry["printers"]:
        yield from _printer(printer, entry, told)
    for row in entry["alerts"]:
        yield from _alert(row, entry, told)
    for count in entry["life_counts"]:
        yield from _life_count(count, told)
    for row in entry["supplies"]:
        yield from _supply(row, _part(told["supplies"], f"supply-{row['index']}"))
    for row in entry["inputs"]:
        yield from _input(row, _part(told["inputs"], f"input-{row['index']}"))
    for cover in entry["covers"]:
        open_ = {code for fault in told["faults"] for code in fault["codes"]} & {"coverOpen", "interlockOpen"}
        yield Fact("covers[].status_name", cover["status_name"], open_, cover["status_name"] in open_ or not open_)
    for line in entry["console"]:
        words = tidy(line["text"])
        yield Fact("console[].text", words, told["console"], words is None or words in told["console"])


def invented(entry: Entry, told: Json) -> list[str]:
    """What is published of faults, notices, supplies and inputs without anything in the capture that says it."""
    codes = {str(row["code"]) for row in entry["alerts"]} | {bit for p in entry["printers"] for bit in bits_set(p)}
    found = [code for fault in told["faults"] for code in fault["codes"] if code not in codes]
    found += [notice["code"] for notice in told["notices"] if notice["code"] not in codes]
    for key, prefix in (("supplies", "supply"), ("inputs", "input")):
        rows = {f"{prefix}-{row['index']}" for row in entry[key]}
        found += [each["part"] for each in told[key] if each["part"] not in rows]
    found += ["produced"] if told["counters"]["produced"] and not entry["life_counts"] else []
    speaks = entry["printers"] or entry["alerts"]
    return (
        found
        + [told["state"]] * (told["state"] != "unknown" and not speaks)
        + ["asleep"] * (told["asleep"] and not speaks)
    )


def _identity(entry: Entry, told: Json, capture: str) -> Iterator[Fact]:
    described, candidates = tidy(entry["model_hrDeviceDescr"]), entry["model_candidates"]
    best = next(iter(candidates), None)
    model = told["model"]
    honest = model is None or model in capture or model in candidates.values()
    yield Fact("model_hrDeviceDescr", described, model, model == described if described else honest)
    for key, words in candidates.items():  # hrDeviceDescr first, so that a nickname never is the model
        yield Fact(f"model_candidates.{key}", words, model, model == (described or tidy(words)) or key != best)
    for path, ours in (("prtGeneralPrinterName", "name"), ("serial", "serial")):
        words, said = tidy(entry[path]), told[ours]
        yield Fact(path, words, said, said == words if words else said is None or said in capture)
    named = described or entry["sysDescr"] or entry["sysObjectID"]
    maker = entry["maker"].partition(" (")[0] if named else None
    yield Fact("maker", maker, told["maker"], told["maker"] == maker)


def _printer(printer: Entry, entry: Entry, told: Json) -> Iterator[Fact]:
    state = _state(printer, entry)
    yield Fact("printers[].hrPrinterStatus", state, told["state"], told["state"] == state)
    down = printer["hrDeviceStatus"] == 5
    yield Fact("printers[].hrDeviceStatus", down, told["state"], told["state"] == "stopped" or not down)
    resting = printer["rfc3805_state"] == "standby" or any(
        count["status"] and count["status"]["availability"] == "availableStandby" for count in entry["life_counts"]
    )
    yield Fact("printers[].rfc3805_state", resting, told["asleep"], told["asleep"] == resting)
    said = {code for fault in told["faults"] for code in fault["codes"]}
    set_ = bits_set(printer)
    alone = [fault for fault in told["faults"] if {*fault["codes"]} <= {*BITS}]
    agrees = said & {*BITS} == {*set_} & {*BITS} and all(_plain(fault, down) for fault in alone)
    yield Fact("printers[].error_state_hex", set_, said, agrees)
    for path in ("error_bits", "error_bits_beyond_14"):
        for bit in printer[path] or [None]:
            agrees = bit in said if bit else not said & ({*BITS} if path == "error_bits" else {"bit 15"})
            yield Fact(f"printers[].{path}", bit, sorted(said), agrees)


def _plain(fault: Json, down: bool) -> bool:
    """Whether a fault that only bits tell of has the bits' own word, stops only what it may, and claims no more."""
    bits = {*fault["codes"]}
    stops = bool(bits & STOPPING_BITS) or (down and not bits <= {"lowPaper", "lowToner"})
    weighs = fault["severity"] == "error" if stops else fault["severity"] in {"warning", "report"}
    more = fault["part"] or fault["text"] or fault["actor"] or fault["device_since"]
    return {REASONS_OF_BITS.get(bit) for bit in bits} == {fault["reason"]} and weighs and not more


def _state(printer: Entry, entry: Entry) -> str:
    """The worst of device status, error bits and critical alert rows, else the printer's own word."""
    device, own = printer["hrDeviceStatus"], printer["hrPrinterStatus"]
    critical = [row for row in entry["alerts"] if row["severity"] == 3 and row["code_name"] not in NO_CONDITION]
    if device == 5 or STOPPING_BITS & {*bits_set(printer)} or critical:
        return "stopped"
    if own == 1 and device in (2, 3):
        return "idle"
    return {3: "idle", 4: "processing", 5: "processing"}.get(own, "unknown")


def _alert(row: Entry, entry: Entry, told: Json) -> Iterator[Fact]:
    code, words, name = str(row["code"]), tidy(row["description"]), row["code_name"]
    name = "other" if name.startswith("undefined") else name
    is_fault = row["severity"] in (3, 5) and name not in {"powerUp", "subunitPowerSaver"}
    is_fault = is_fault or (row["severity"] is None and name not in NO_CONDITION)
    kept = [f for f in told["faults"] if code in f["codes"] and (words is None or words in (f["text"] or ""))]
    mentioned = [n for n in told["notices"] if n["code"] == code and n["text"] == words]
    if kept and not is_fault:  # a driver may read the words of a vague row, but not of one that names its severity
        is_fault = row["severity"] is None and name in {"other", "unknown"}
    said = (kept if is_fault else mentioned) or [None]
    part = PARTS.get(row["group"] or 0)
    part = f"{part}-{row['group_index']}" if part else None
    said = [s for s in said if s and s.get("part") == part] or said
    best = said[0] or {}
    yield _same("alerts[].code", code, code if best else None)
    silent = words is None and not any(tidy(other["description"]) for other in entry["alerts"])
    yield Fact("alerts[].description", words, best.get("text"), bool(best) and not (silent and best["text"]))
    keyword, severity = best.get("reason") or best.get("keyword"), best.get("severity")
    yield Fact("alerts[].code_name", KEYWORDS[name], keyword, keyword == KEYWORDS[name] or _read(row, best))
    expected = SEVERITIES.get(row["severity"] or 0, "report")
    agrees = severity == expected if row["severity"] is not None or not is_fault else severity is not None
    yield Fact("alerts[].severity", expected, severity, agrees)
    yield Fact("alerts[].severity_name", is_fault, "reason" in best, is_fault == ("reason" in best))
    if is_fault:
        yield _same("alerts[].group", part, best.get("part"))
        yield _same("alerts[].group_index", part, best.get("part"))
        yield _same("alerts[].training", TRAINING.get(row["training"] or 0), best.get("actor"))
        yield _began(row, entry, told, best)


def _read(row: Entry, fault: Json) -> bool:
    """Whether a row without a code was taken at its words."""
    return row["code_name"] in {"other", "unknown"} and bool(tidy(row["description"])) and "reason" in fault


def _began(row: Entry, entry: Entry, told: Json, fault: Json) -> Fact:
    """When the machine says that the fault began; of merged rows the oldest counts."""
    said, ticks, uptime = fault.get("device_since"), row["time"], entry["sysUpTime_ticks"]
    if not ticks or not uptime:
        return Fact("alerts[].time", None, said, said is None)
    same = [r["time"] for r in entry["alerts"] if (r["code"], r["group_index"]) == (row["code"], row["group_index"])]
    began = datetime.fromisoformat(told["observed_at"]).timestamp() - (uptime - min(same)) / 100
    written = datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _same("alerts[].time", written, said)


def _life_count(count: Entry, told: Json) -> Iterator[Fact]:
    produced = told["counters"]["produced"] or {}
    yield _same("life_counts[].life", count["life"], produced.get("total"))
    yield _same("life_counts[].unit_name", count["unit_name"], produced.get("unit"))
    if count["status"] is None:
        yield Fact("life_counts[].status", None, told["asleep"], agrees=True)
    else:
        resting = count["status"]["availability"] == "availableStandby"
        yield Fact("life_counts[].status.availability", resting, told["asleep"], told["asleep"] or not resting)


def _supply(row: Entry, said: Json) -> Iterator[Fact]:
    words, colour = tidy(row["description"]), COLOUR.search(row["description"] or "")
    yield _same("supplies[].index", f"supply-{row['index']}", said.get("part"))
    yield _same("supplies[].description", words, said.get("description"))
    yield _same("supplies[].colorant", colour[1].lower() if colour else _lower(row["colorant"]), said.get("colour"))
    yield _same("supplies[].class_name", CLASSES.get(row["class_name"] or ""), said.get("class"))
    untyped = row["type_name"] in {None, "other"}
    rules = WORDS | (WORDS_OF_THE_UNTYPED if untyped else {})
    plain = next((kind for kind, pattern in rules.items() if re.search(pattern, words or "", re.IGNORECASE)), None)
    kind = plain or next((kind for kind, types in KINDS.items() if row["type_name"] in types), "other")
    yield _same("supplies[].type_name", kind, said.get("kind"))
    yield from _level("supplies[]", row, said)


def _input(row: Entry, said: Json) -> Iterator[Fact]:
    words = tidy(row["name"]) or tidy(row["description"])
    yield _same("inputs[].index", f"input-{row['index']}", said.get("part"))
    yield _same("inputs[].name", words, said.get("description"))
    yield _same("inputs[].description", words, said.get("description"))
    yield from _level("inputs[]", row, said)


def _level(path: str, row: Entry, said: Json) -> Iterator[Fact]:
    raw = said.get("raw") or {}
    level, capacity = (number if number is not None and number >= 0 else None for number in (row["level"], row["max"]))
    yield _same(f"{path}.unit", UNITS.get(row["unit"] or 0), said.get("unit"))
    yield _same(f"{path}.unit_name", row["unit_name"], said.get("unit"))
    yield _same(f"{path}.level", (row["level"], level), (raw.get("level"), said.get("level")))
    yield _same(f"{path}.max", (row["max"], capacity or None), (raw.get("capacity"), said.get("capacity")))
    yield _same(f"{path}.level_meaning", QUALITIES[row["level_meaning"]], said.get("quality"))
    yield Fact(
        f"{path}.max_meaning", row["max_meaning"], said.get("capacity"), bool(row["max_meaning"]) != bool(capacity)
    )
    percent, ours = row["percent"], said.get("percent")
    both = percent is not None and ours is not None
    yield Fact(f"{path}.percent", percent, ours, abs(percent - ours) < 0.01 if both else percent is ours)


def _part(rows: Sequence[Json], part: str) -> Json:
    return next((row for row in rows if row["part"] == part), {})


def _same(path: str, expected: Json, published: Json) -> Fact:
    return Fact(path, expected, published, expected == published)


def _lower(words: str | None) -> str | None:
    return words.lower() if words else None


def _scaled(seconds: float | None) -> int | None:
    return None if seconds is None else round(100 * seconds)

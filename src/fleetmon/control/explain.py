"""Why a machine is shown as it is: what was asked and answered, what the driver made of it, and when it is asked again.

The last exchanges are kept in memory by the pollers, raw; here they are written down as people read them, each object
with its name. Of each fault is told which rule or row of which table gave it, as far as its codes say.
"""

from collections.abc import Iterable, Iterator, Mapping

from fleetmon import vocabulary
from fleetmon.assess import tuning
from fleetmon.assess.fleet import Snapshot, Source, Standing
from fleetmon.assess.output import counts_documents
from fleetmon.assess.stalls.limit import LEAST_DAYS, LEAST_GAPS
from fleetmon.assess.stalls.slowdown import LEARN_DAYS
from fleetmon.control.names import name_of
from fleetmon.control.server import Refused
from fleetmon.control.spoken import spoken
from fleetmon.decode import codes
from fleetmon.decode.dialogue import Exchange, Get, Spoken, Varbind
from fleetmon.decode.printer_words import COVER_STATUSES, ERROR_BITS
from fleetmon.definition import Definition, SnmpDefinition
from fleetmon.definition.base import Mapped
from fleetmon.definition.codes import fitting
from fleetmon.model.messages import Json
from fleetmon.model.oid import dotted
from fleetmon.model.plan import SourcePlan
from fleetmon.model.report import At
from fleetmon.poller import SourcePoller
from fleetmon.publish import contract
from fleetmon.publish.envelope import rfc3339
from fleetmon.site import Site
from fleetmon.toml_problems import did_you_mean

_SHOWN_VALUES = 200
_SHOWN_TEXT = 256


async def explain(site: Site, request: Mapping[str, Json], who: str) -> dict[str, Json]:
    """The answer to `{"ask": "explain", "machine": ID}`: machine, state (its payload), faults, when its silence is a
    stall, how fast it works, sources. Raises Refused."""
    wanted = request.get("machine")
    plans = {machine.id: machine for machine in site.monitor.plan.machines}
    if not isinstance(wanted, str) or wanted not in plans:
        named = wanted if isinstance(wanted, str) else ""
        raise Refused(f"no machine has the id {named[:64]!r}{did_you_mean(named, plans)}")
    snapshot = next(each for each in site.monitor.snapshots() if each.machine == wanted)
    pollers = {each.source.name: each for each in site.pollers if each.machine.id == wanted}
    met = list(_drivers(site, snapshot, pollers))
    now = site.clock.now()
    return {
        "machine": wanted,
        "time": rfc3339(now.utc),
        "state": contract.dump(contract.state_data(snapshot, plans[wanted])),
        "faults": [_fault(standing, met) for standing in snapshot.faults],
        "stall": _stall(site, snapshot, now),
        "pace": _pace(site, wanted),
        "sources": [_source(source, pollers.get(source.name), now) for source in snapshot.sources],
        "slept": _slept(snapshot),
    }


def _drivers(site: Site, snapshot: Snapshot, pollers: Mapping[str, SourcePoller]) -> Iterator[Definition]:
    """The driver of each source, also while its machine is not understood and will be met anew."""
    last = {source.name: source.driver for source in snapshot.sources}
    for name, poller in pollers.items():
        known = site.drivers.drivers.get(poller.source.driver or last.get(name) or "")
        if poller.met:
            yield poller.met.definition
        elif known:
            yield known.definition


def _slept(snapshot: Snapshot) -> bool:
    """Whether it said that it saves power when it was last heard: its silence then means less."""
    return any(report.asleep for report in snapshot.reports())


def _stall(site: Site, snapshot: Snapshot, now: At) -> dict[str, Json]:
    """After how long without a document it is told to stand still, how that came to be known and what came of it; and
    when its count last moved in this run, what counts, what shows now that work waits (None: nothing does)."""
    floor, machine = site.monitor.production.floor, snapshot.machine
    profile, sign = floor.silences.profile(machine), floor.silences.sign(machine)
    seen, produced = floor.machines[machine], snapshot.produced
    judged = tuning.figures_of(machine, site.monitor.newsroom.quality.stalls.counted(now), floor, now)
    limit, observed = judged.limit, judged.observed
    return {
        "limit_s": round(limit.seconds, 1),
        "learned": limit.learned,
        "gaps": limit.gaps,
        "days": limit.days,
        "least_gaps": LEAST_GAPS,
        "least_days": LEAST_DAYS,
        "false_alarms_a_month": None if limit.predicted is None else round(limit.predicted, 2),
        "usual_gap_s": None if profile.usual_s is None else round(profile.usual_s, 1),
        "longest_gap_s": profile.longest_s,
        "told_30_d": observed.told_30_d,
        "taken_30_d": observed.taken_30_d,
        "nuisance_30_d": observed.nuisance_30_d,
        "nuisance_14_d": observed.nuisance_14_d,
        "missed_30_d": judged.missed_30_d,
        "delay_median_s": None if observed.delay_median_s is None else round(observed.delay_median_s, 1),
        "moved_s": None if seen.progressed is None else round(now.since(seen.progressed), 1),
        "sign": None if sign is None else sign.value,
        "unit": produced.published[1] if produced else None,
        "counts_documents": counts_documents(produced),
        "in_line": site.monitor.plan.line_of(machine) is not None,
    }


def _pace(site: Site, machine: str) -> dict[str, Json]:
    """Seconds for each of what it counts: usually, and now where it became slower; stops of one to five minutes."""
    notices = site.monitor.production.floor.notices
    pace, slower = notices.pace(machine), notices.slower(machine)
    return {
        "usual_s": None if pace.usual_s is None else round(pace.usual_s, 1),
        "slower_s": None if slower is None else round(slower.now_s, 1),
        "slower_for": None if slower is None else slower.documents,
        "micro_stops_per_1000": None if pace.micro_stops is None else round(pace.micro_stops, 1),
        "least_days": LEARN_DAYS,
    }


def _fault(standing: Standing, met: Iterable[Definition]) -> dict[str, Json]:
    fault, reason = standing.fault, vocabulary.reason(standing.fault.reason)
    origins: list[Json] = []
    origins.extend(origin for code in fault.codes for origin in _origins(code, met))
    return {
        "reason": fault.reason,
        "class": reason.reason_class.value,
        "severity": fault.severity.value,
        "registered": not reason.extension,
        "part": fault.part,
        "text": fault.text,
        "codes": list(fault.codes),
        "origins": origins,
        "since": rfc3339(standing.since.utc),
        "device_since": None if standing.device_since is None else rfc3339(standing.device_since),
    }


def _origins(code: str, met: Iterable[Definition]) -> list[str]:
    """Where a vendor's code may come from: rules of the driver that name it, else the standard's own tables."""
    declared = [origin for definition in met for origin in _declared(code, definition)]
    return declared or [_standard(code)]


def _declared(code: str, definition: Definition) -> list[str]:
    """The rules that give this code a meaning, each by the most exact of its keys."""
    rules: dict[str, dict[str, Mapped]] = {}
    for each in definition.mapped():
        rules.setdefault(each.rule, {})[each.code] = each
    fits = ((rule, fitting(code, rule)) for rule in rules.values())
    return [_origin(definition, rule[key]) for rule, key in fits if key is not None]


def _origin(definition: Definition, mapped: Mapped) -> str:
    manual = f", {mapped.meaning.manual}" if mapped.meaning.manual else ""
    return f"{definition.name}: {mapped.rule}, {mapped.place}{manual}"


def _standard(code: str) -> str:
    named = codes.name(int(code)) if code.isdecimal() and len(code) < 10 else None
    if named:
        return f"a row of prtAlertTable with prtAlertCode {code} ({named})"
    if code in {bit.name for bit in ERROR_BITS} or code.startswith("bit "):
        return f"hrPrinterDetectedErrorState, {code}"
    if code in COVER_STATUSES.values():
        return f"prtCoverStatus {code}"
    if code == "warmup":
        return "hrPrinterStatus warmup"
    return f"{code}: no rule names this code"


def _source(source: Source, poller: SourcePoller | None, now: At) -> dict[str, Json]:
    definition = poller.met.definition if poller and poller.met else None
    planned = poller.source.driver if poller else None
    return {
        "name": source.name,
        "url": poller.source.url if poller else None,
        "driver": definition.name if definition else source.driver or planned,
        "maturity": definition.maturity if definition else None,
        "contact": source.contact.value,
        "heard_at": _time(source.heard_at),
        "failing_since": _time(source.failing_since),
        "failures": source.failures,
        "why": source.why.value if source.why else None,
        "text": source.text or None,
        "interval_s": poller.source.interval_s if poller else None,
        "polled_at": _time(poller.polled_at) if poller else None,
        "due_in_s": round(poller.due_s - now.mono, 3) if poller else None,
        "late_s": round(poller.late_s, 3) if poller else None,
        "exchanges": [_exchange(each, definition, poller.source) for each in poller.exchanges] if poller else [],
    }


def _time(at: At | None) -> str | None:
    return None if at is None else rfc3339(at.utc)


def _exchange(exchange: Exchange | Spoken, definition: Definition | None, source: SourcePlan) -> dict[str, Json]:
    """What was asked, and the answers, at most 200 of them; `values` says how many there were."""
    if isinstance(exchange, Spoken):
        return spoken(exchange, definition, source)
    definition = definition if isinstance(definition, SnmpDefinition) else None
    request, verb = exchange.request, type(exchange.request).__name__.lower()
    asked = request.oids if isinstance(request, Get) else (request.root,)
    answers: list[Json] = []
    answers.extend(_answer(varbind, definition) for varbind in exchange.reply[:_SHOWN_VALUES])
    return {
        "asked": f"{verb} {' '.join(name_of(each, definition) for each in asked)}",
        "values": len(exchange.reply),
        "answers": answers,
    }


def _answer(varbind: Varbind, definition: SnmpDefinition | None) -> str:
    return f"{name_of(varbind.oid, definition)} = {_value(varbind)}"


def _value(varbind: Varbind) -> str:
    """Text where it is text, else the octets in hexadecimal; numbers and object identifiers as they are written."""
    value = varbind.value
    if isinstance(value, bytes):
        said = value.decode("utf-8", "replace")
        shown = repr(said) if said.isprintable() and "\ufffd" not in said else value.hex(" ")
        return shown[:_SHOWN_TEXT] + (f"... ({len(value)} octets)" if len(shown) > _SHOWN_TEXT else "")
    if isinstance(value, tuple):
        return dotted(value)
    return "nothing there" if value is None else str(value)

"""The words for what is wrong with a machine: IPP printer-state-reasons, and what each means to the people beside it.

The words are the field's own, so that nobody has to learn ours: the IANA registry (RFC 8011 section 5.4.12, PWG 5100.9)
has 240 keywords listed in `reasons.txt` and 17 finisher families that all have the same 36 conditions, which are made
here by the registry's rule. It has no word for lamination; the extension family follows the same rule, so that it could
be registered unchanged, and is flagged, so that an exporter can prefix it.

905 words are too fine to alert on, so every reason belongs to one class. The class comes from ordered rules on the
keyword's words, first match wins: a table of 905 lines would hide its mistakes, a rule shows its own. A class stands
for a need ("no usable supply"), because that is what tells a person what to do next.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from fleetmon.model.report import Fault
from fleetmon.model.words import ReasonClass, Severity

#: The conditions every finisher has, in the order of the generic PrtAlertCodeTC numbers 3..38 (IANA-PRINTER-MIB).
FINISHER_CONDITIONS = (
    "cover-open", "cover-closed", "interlock-open", "interlock-closed", "configuration-change", "jam", "missing",
    "life-almost-over", "life-over", "almost-empty", "empty", "almost-full", "full", "near-limit", "at-limit", "opened",
    "closed", "turned-on", "turned-off", "offline", "power-saver", "warming-up", "added", "removed", "resource-added",
    "resource-removed", "recoverable-failure", "unrecoverable-failure", "recoverable-storage",
    "unrecoverable-storage-error", "motor-failure", "memory-exhausted", "under-temperature", "over-temperature",
    "timing-failure", "thermistor-failure",
)  # fmt: skip

#: The registered finishers, in the order of their PrtAlertCodeTC blocks 302xx..318xx (IANA-PRINTER-MIB).
FINISHERS = (
    "stapler", "stitcher", "folder", "binder", "trimmer", "die-cutter", "puncher", "perforater", "slitter",
    "separation-cutter", "imprinter", "wrapper", "bander", "make-envelope", "stacker", "sheet-rotator", "inserter",
)  # fmt: skip

_LAMINATOR = (
    *FINISHER_CONDITIONS, "supply-low", "supply-almost-empty", "supply-empty", "supply-missing", "supply-failure",
    "supply-unsupported", "heater-failure", "cutter-failure", "output-full",
)  # fmt: skip
_UNREGISTERED = (
    "offline", "service-needed", "maintenance-overdue", "power-supply-failure", "encoder-failure", "reject-area-full",
    "media-unsupported", "marker-supply-unsupported",
)  # fmt: skip

# "Almost" and "low" are asked before "empty" and "full", supplies before media, media before the rest. Of the less
# obvious: a supply that is missing, wrong or torn is as unusable as an empty one, and a waste receptacle is a supply of
# room (RFC 3805 counts it among the supplies), so is an output tray that is nearly full; a drum (opc) is ordered like
# toner, while the end of any other part's life is service. A heater that fails is a matter of heat, asked for early.
_CLASS_RULES = (
    (ReasonClass.OTHER, r"fax-.*|interpreter-.*|spool-area-full|.*-resource-removed"),
    (ReasonClass.COVER, r".*(cover|door|interlock)-open|.*-opened"),
    (ReasonClass.JAM, r".*-jam|.*-feed-error"),
    (ReasonClass.OVER_TEMPERATURE, r".*-over-temp(erature)?|.*-temperature-high"),
    (ReasonClass.TEMPERATURE, r".*-under-temp(erature)?|.*-temperature-low|.*-heater-failure"),
    (ReasonClass.SUPPLY_LOW, r".*-almost-(empty|full)|(toner|developer|.*-supply)-low|opc-near-eol"),
    (ReasonClass.SUPPLY_EMPTY, r"(marker|laminator)-supply-(empty|missing|failure|unsupported)|opc-life-over"),
    (ReasonClass.SUPPLY_EMPTY, r"marker-waste-(.*-)?(full|missing)"),
    (ReasonClass.SUPPLY_EMPTY, r"marker-(ink|toner.*|print-ribbon|developer|opc|fuser|cleaner)-missing"),
    (ReasonClass.MEDIA_LOW, r"(media|material)-low"),
    (ReasonClass.MEDIA_EMPTY, r"(media|material)-(empty|needed|unsupported)|.*media-path-input-(empty|request)"),
    (ReasonClass.MEDIA_EMPTY, r"input-tray-missing|input-manual-input-request|.*-cannot-(feed|duplex)-.*-selected"),
    (ReasonClass.SUPPLY_EMPTY, r".*-empty"),
    (ReasonClass.OUTPUT_FULL, r".*-full|output-tray-missing|.*media-path-.*tray-missing"),
    (ReasonClass.SERVICE, r".*-life-(over|almost-over|warn)|.*-(at|near)-(eol|limit)|service-needed|maintenance-.*"),
    (ReasonClass.OFFLINE, r"(.*-)?offline|.*-turned-off|shutdown|power-down|connecting-to-device|timed-out|deleted"),
    (ReasonClass.PAUSED, r"(moving-to-)?paused|stopping|stopped-partly|resuming|hold-new-jobs|deactivated|testing"),
    (ReasonClass.WARMING, r".*-(warming-up|heating|cooling|cooling-down)"),
    (ReasonClass.HARDWARE, r".*-(failure|missing|removed|memory-exhausted)|.*recoverable-storage(-error)?"),
)

_CLASS_SEVERITY = {
    ReasonClass.TEMPERATURE: Severity.WARNING,
    ReasonClass.SERVICE: Severity.WARNING,
    ReasonClass.PAUSED: Severity.WARNING,
    ReasonClass.WARMING: Severity.REPORT,
    ReasonClass.SUPPLY_LOW: Severity.WARNING,
    ReasonClass.MEDIA_LOW: Severity.WARNING,
    ReasonClass.OTHER: Severity.REPORT,
}  # of all other classes: error

# Where one reason weighs more or less than its class.
_SEVERITY_RULES = (
    (Severity.ERROR, r".*-heater-failure|paused|deactivated"),
    (Severity.REPORT, r".*-life-(almost-over|warn)|.*-near-limit|(lamp|laser)-near-eol|maintenance-overdue"),
    (Severity.REPORT, r"moving-to-paused|stopping|resuming|hold-new-jobs|connecting-to-device|.*-resource-removed"),
    (Severity.WARNING, r"other|unknown|spool-area-full|interpreter-resource-unavailable"),
    (Severity.WARNING, r"opc-life-over|.*-removed|.*-recoverable-storage|reject-area-full"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One keyword; `severity` is for machines that do not tell, `extension` is true where the registry has no word."""

    keyword: str
    reason_class: ReasonClass
    severity: Severity
    extension: bool


def _classify(keyword: str) -> ReasonClass:
    return next((kind for kind, rule in _CLASS_RULES if re.fullmatch(rule, keyword, re.IGNORECASE)), ReasonClass.OTHER)


def _weigh(keyword: str, reason_class: ReasonClass) -> Severity:
    usual = _CLASS_SEVERITY.get(reason_class, Severity.ERROR)
    return next((severity for severity, rule in _SEVERITY_RULES if re.fullmatch(rule, keyword, re.IGNORECASE)), usual)


def _make(keyword: str, extension: bool) -> Reason:
    reason_class = _classify(keyword)
    return Reason(keyword, reason_class, _weigh(keyword, reason_class), extension)


def _all() -> dict[str, Reason]:
    lines = files("fleetmon").joinpath("reasons.txt").read_text("utf-8").splitlines()
    core = [line for line in lines if line and not line.startswith("#")]
    finishers = [f"{finisher}-{condition}" for finisher in FINISHERS for condition in FINISHER_CONDITIONS]
    extension = [*_UNREGISTERED, *(f"laminator-{condition}" for condition in _LAMINATOR)]
    registered = {word: _make(word, extension=False) for word in sorted([*core, *finishers])}
    return registered | {word: _make(word, extension=True) for word in sorted(extension)}


#: Every reason by its keyword: the registered ones, then the extension family, each in alphabetical order.
REASONS: Mapping[str, Reason] = MappingProxyType(_all())

_SEVERITIES = {severity.value: severity for severity in Severity}
_SPELLINGS = {keyword.lower(): keyword for keyword in REASONS}
_CLASS_RANK = {reason_class: rank for rank, reason_class in enumerate(ReasonClass)}


def canonical(keyword: str) -> str | None:
    """The registered spelling, whatever the case (`subunit-timing-Failure` has a capital); None if it is no reason."""
    return _SPELLINGS.get(keyword.lower())


def is_registered(keyword: str) -> bool:
    """Whether the keyword stands, spelt exactly so, in the IANA registry."""
    return keyword in REASONS and not REASONS[keyword].extension


def is_extension(keyword: str) -> bool:
    """Whether the keyword, spelt exactly so, is one of fleetmon's own."""
    return keyword in REASONS and REASONS[keyword].extension


def is_reason(keyword: str) -> bool:
    """Whether a Fault may carry the keyword, spelt exactly so."""
    return keyword in REASONS


def reason(keyword: str) -> Reason:
    """What we know of a keyword. One in neither list (a record of another version) is an extension of class other."""
    return REASONS.get(canonical(keyword) or "") or Reason(keyword, ReasonClass.OTHER, Severity.WARNING, extension=True)


def split_suffix(text: str) -> tuple[str, Severity | None]:
    """`media-low-warning` as ("media-low", WARNING); RFC 8011 section 5.4.12.

    23 registered keywords themselves end in `-error`, so a suffix is one only where the whole is no reason and the rest
    is. What is no reason either way comes back untouched with None.
    """
    if whole := canonical(text):
        return whole, None
    rest, _, suffix = text.rpartition("-")
    keyword, severity = canonical(rest), _SEVERITIES.get(suffix.lower())
    return (keyword, severity) if keyword and severity else (text, None)


def headline(faults: Iterable[Fault]) -> Fault | None:
    """The one fault to show where only one fits; None if there is none.

    An error beats any warning and a warning any report; within one severity the order of ReasonClass decides, then the
    alphabet, so that the choice does not flicker with the order in which a machine lists its faults.
    """
    known = list(faults)
    return min(known, key=_prominence) if len(known) > 1 else next(iter(known), None)


def _prominence(fault: Fault) -> tuple[int, int, str, str]:
    return fault.severity.rank, _CLASS_RANK[reason(fault.reason).reason_class], fault.reason, fault.part or ""

"""Which faults call for a person, how soon, how loudly, and what shows that they are over: all of it data, here.

905 reasons are too fine to alert on and fifteen classes are what they have in common, so a condition comes from the
class, with few exceptions that are named. Delays follow from what is routine: a cover is open for two minutes whenever
somebody refills, an output is emptied within one, but nobody waits for an over-temperature. A jam and a fault of the
hardware are over when a document came out, not when the bit is gone: pulling the paper clears the bit. What does not
stop a machine may wait until somebody has time, whatever its condition (priority 3 at most); so a priority here is that
of a machine that stands.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from fleetmon import vocabulary
from fleetmon.model.alerts import AlertPlan, Audience, Certainty, Claim, Condition, Priority, Proof, Rule
from fleetmon.model.report import Fault
from fleetmon.model.words import ReasonClass, Severity

#: What concerns the line to a machine, the site's network, its settings; all else is what a machine shows of itself.
CONTACT = frozenset({Condition.CONTACT_LOST, Condition.ACCESS_REFUSED, Condition.DRIVER_FAILED})
NETWORK = frozenset({Condition.NETWORK_LOST})
SETTINGS = frozenset({Condition.SETTINGS_REFUSED})
#: What nobody says: it is found by what a machine does not make.
STALLS = frozenset({Condition.STALL})
#: What is noticed of the work itself, of a machine, a line or the whole site, and hardly ever calls for anybody.
SLOWER, QUIET, NOT_WORKING = (frozenset({each}) for each in (Condition.SLOWER, Condition.QUIET, Condition.NOT_WORKING))
NOTICES = SLOWER | QUIET | NOT_WORKING
#: What the monitor finds of its own figures.
FIGURES = frozenset({Condition.TUNE_LIMIT})
OWN = frozenset(Condition) - CONTACT - NETWORK - SETTINGS - STALLS - NOTICES - FIGURES

_OPERATOR, _ENGINEER, _TECHNICIAN = Audience.OPERATOR, Audience.ENGINEER, Audience.TECHNICIAN
_P1, _P2, _P3, _P4 = Priority.P1, Priority.P2, Priority.P3, Priority.P4

#: What holds unless the settings say otherwise (`[alerts.rule.NAME]`).
RULES: Mapping[Condition, Rule] = MappingProxyType(
    {
        Condition.COVER_OPEN: Rule(_P3, 120, 10),
        Condition.JAM: Rule(_P2, 20, 30, Proof.COMPLETION),
        Condition.MEDIA_EMPTY: Rule(_P2, 30, 30),
        Condition.SUPPLY_EMPTY: Rule(_P2, 30, 30),
        Condition.SUPPLY_LOW: Rule(_P4, 300, 600, audience=(_OPERATOR, Audience.SUPPLY)),
        Condition.OUTPUT_FULL: Rule(_P2, 60, 30),
        Condition.OVER_TEMPERATURE: Rule(_P1, 0, 300, latch=True, always=True, audience=(_OPERATOR, _TECHNICIAN)),
        Condition.TEMPERATURE: Rule(_P3, 60, 120, audience=(_OPERATOR, _TECHNICIAN)),
        Condition.HARDWARE: Rule(_P2, 20, 60, Proof.COMPLETION, audience=(_OPERATOR, _TECHNICIAN)),
        Condition.SERVICE: Rule(_P2, 20, 60, audience=(_TECHNICIAN,)),
        Condition.OFFLINE: Rule(_P2, 60, 30),
        Condition.PAUSED: Rule(_P3, 300, 30),
        Condition.UNEXPLAINED: Rule(_P2, 60, 30, audience=(_OPERATOR, _ENGINEER)),
        # It has been silent for its whole limit when it is seen first.
        Condition.STALL: Rule(_P2, 0, 30, Proof.COMPLETION, audience=(_OPERATOR, _ENGINEER)),
        # These have gone on for long when they are seen first.
        Condition.SLOWER: Rule(_P4, 0, 60, audience=(_TECHNICIAN, _ENGINEER)),
        Condition.QUIET: Rule(Priority.NOTICE, 0, 0),
        Condition.NOT_WORKING: Rule(_P2, 0, 0, audience=(_OPERATOR, _ENGINEER)),
        Condition.TUNE_LIMIT: Rule(Priority.NOTICE, 0, 0, audience=(_ENGINEER,)),
        # An alarm output of a controller, whatever it is set to, comes a minute before it is known to be cold or hot.
        Condition.UNMAPPED: Rule(_P2, 120, 60, audience=(_OPERATOR, _ENGINEER)),
        Condition.CONTACT_LOST: Rule(_P3, 300, 30, audience=(_OPERATOR, _ENGINEER)),
        Condition.ACCESS_REFUSED: Rule(_P3, 60, 30, audience=(_ENGINEER,)),
        Condition.DRIVER_FAILED: Rule(_P3, 0, 30, audience=(_ENGINEER,)),
        Condition.NETWORK_LOST: Rule(_P2, 60, 60, audience=(_ENGINEER, Audience.CENTRAL)),
        # Whoever has just saved the settings wants to know, whatever the hour.
        Condition.SETTINGS_REFUSED: Rule(_P4, 0, 0, always=True, audience=(_ENGINEER,)),
    }
)

#: The condition that the reasons of a class make; None: they call for nobody.
CONDITIONS: Mapping[ReasonClass, Condition | None] = MappingProxyType(
    {
        ReasonClass.COVER: Condition.COVER_OPEN,
        ReasonClass.JAM: Condition.JAM,
        ReasonClass.OVER_TEMPERATURE: Condition.OVER_TEMPERATURE,
        ReasonClass.TEMPERATURE: Condition.TEMPERATURE,
        ReasonClass.SUPPLY_EMPTY: Condition.SUPPLY_EMPTY,
        ReasonClass.MEDIA_EMPTY: Condition.MEDIA_EMPTY,
        ReasonClass.OUTPUT_FULL: Condition.OUTPUT_FULL,
        ReasonClass.OFFLINE: Condition.OFFLINE,
        ReasonClass.HARDWARE: Condition.HARDWARE,
        ReasonClass.SERVICE: Condition.SERVICE,
        ReasonClass.PAUSED: Condition.PAUSED,
        ReasonClass.WARMING: None,
        ReasonClass.SUPPLY_LOW: Condition.SUPPLY_LOW,
        ReasonClass.MEDIA_LOW: Condition.SUPPLY_LOW,  # blanks are refilled as supplies are
        ReasonClass.OTHER: None,
    }
)

#: Where an error is another need than its class: a machine that stops for what is merely low has nothing left to work
#: with, and one that makes an error of being too cold does not heat, and comes back by repair.
AS_ERRORS: Mapping[ReasonClass, Condition] = MappingProxyType(
    {
        ReasonClass.SUPPLY_LOW: Condition.SUPPLY_EMPTY,
        ReasonClass.MEDIA_LOW: Condition.MEDIA_EMPTY,
        ReasonClass.TEMPERATURE: Condition.HARDWARE,
    }
)

# By keyword, before the class. Print heads get too hot from work and cool by themselves while they wait; no roller
# does. A heater that has failed stays so, however little the machine makes of it.
_BY_KEYWORD = ((Condition.TEMPERATURE, "marker-over-temperature"), (Condition.HARDWARE, ".*-heater-failure"))
# After these somebody must have looked, even when the machine itself is content again: light that hurts, and heat that
# nothing measures.
_LATCHING = r"laser-failure|.*(thermistor|heater)-failure"
_NAMELESS = ("other", "unknown")  # the reasons of a driver that has no word for what the machine says


def rules(plan: AlertPlan) -> Mapping[Condition, Rule]:
    """Every condition's rule: the shipped ones, with those of the settings in their place."""
    return MappingProxyType({**RULES, **plan.rules})


def condition_of(fault: Fault) -> Condition | None:
    """What a fault makes; None for a report, which has no effect yet, and for what calls for nobody.

    One that has no word of ours is an unmapped fault if the machine gave a code for it, or says that it stops work.
    """
    if fault.severity is Severity.REPORT:
        return None
    if may_be_off(fault):
        return Condition.TEMPERATURE
    found = condition_of_reason(fault.reason, fault.severity)
    if found is None and vocabulary.reason(fault.reason).reason_class is ReasonClass.OTHER:
        nameless = fault.reason in _NAMELESS and bool(fault.codes)
        return Condition.UNMAPPED if nameless or fault.severity is Severity.ERROR else None
    return found


def may_be_off(fault: Fault) -> bool:
    """Whether a heater is only found to be cold, by its temperature and by no word of the machine.

    Its controller sees the same when the laminator around it cuts the power to sleep: nobody should be told of that.
    """
    return not fault.codes and vocabulary.reason(fault.reason).reason_class is ReasonClass.TEMPERATURE


@lru_cache(maxsize=4096)
def condition_of_reason(keyword: str, severity: Severity | None = None) -> Condition | None:
    """What a reason makes where it is a warning or an error, by default as the vocabulary weighs it; None for those
    that call for nobody or have no class."""
    known = vocabulary.reason(keyword)
    named = next((condition for condition, rule in _BY_KEYWORD if re.fullmatch(rule, known.keyword)), None)
    as_error = AS_ERRORS.get(known.reason_class) if (severity or known.severity) is Severity.ERROR else None
    return named or as_error or CONDITIONS[known.reason_class]


def ruled(claim: Claim, rule: Rule) -> Rule:
    """The rule of a claim's condition as it holds for this claim.

    What does not stop the machine, and a warning in any case, is at most of priority 3; an error of over-temperature
    counts as it is; what is merely possible is a notice. A fault of the hardware that is a matter of safety latches.
    """
    priority = rule.priority
    if priority is not None and claim.certainty is Certainty.POSSIBLE:
        priority = Priority.NOTICE
    stops = claim.stops or claim.condition is Condition.OVER_TEMPERATURE
    if priority is not None and not (stops and claim.severity is Severity.ERROR):
        priority = max(priority, Priority.P3)
    latch = rule.latch or latches(claim)
    same = priority is rule.priority and latch is rule.latch
    return rule if same else replace(rule, priority=priority, latch=latch)


def latches(claim: Claim) -> bool:
    """Whether the claim is one that somebody must have looked at, whatever its rule says."""
    if claim.condition is not Condition.HARDWARE or claim.severity is not Severity.ERROR:
        return False
    return any(re.fullmatch(_LATCHING, each) for each in claim.reasons)

"""What is wrong with a site as a whole: its network, and its settings.

Half a site does not break at once: machines that fall silent together have lost the same switch, and one alert says so
instead of many. What counts is when each was last heard, because the polls that find it out are spread over time. Once
it is lost the network stays so until three machines in four are back, since they come back one by one.
"""

from collections.abc import Mapping

from fleetmon.model.alerts import Claim, Condition, Evidence, Subject, SubjectKind
from fleetmon.model.report import At
from fleetmon.model.words import Severity

LOST_SHARE = 0.5
LOST_AT_LEAST = 3
BACK_SHARE = 0.25
BACK_AT_LEAST = 2
BACK_AT_LEAST = 2
TOGETHER_S = 90.0


def network_claim(
    lost: Mapping[str, At], machines: int, site: str, at: At, before: Claim | None = None
) -> Claim | None:
    """Whether the site's network is lost: `lost` machines with since when they do not answer, of `machines` in all.

    It is when half of them, and three at least, fell silent within 90 s; it goes on, as the claim `before`, while a
    quarter of them, and two at least, are silent.
    """
    if before is not None and len(lost) >= max(BACK_AT_LEAST, BACK_SHARE * machines):
        return before
    needed = max(LOST_AT_LEAST, -(-machines // 2))
    silent_s = sorted((at.since(since), machine) for machine, since in lost.items())
    for latest, earliest in zip(silent_s, silent_s[needed - 1 :], strict=False):
        if earliest[0] - latest[0] <= TOGETHER_S:
            return _lost(lost[earliest[1]], len(lost), machines, site)
    return None


def _lost(since: At, lost: int, machines: int, site: str) -> Claim:
    evidence = (Evidence("silent machines", float(lost), expected=0.0), Evidence("machines", float(machines)))
    return Claim(Subject(SubjectKind.SITE, site), Condition.NETWORK_LOST, since, evidence=evidence)


def settings_claim(site: str, refused: str, since: At) -> Claim:
    """Settings that were refused at `since`, in the words of `refused`: the site goes on with those of before."""
    subject = Subject(SubjectKind.SITE, site)
    return Claim(subject, Condition.SETTINGS_REFUSED, since, severity=Severity.WARNING, stops=False, text=refused)

"""What the file of the issuing system says just now, as the daemon would read it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fleetmon.checking.finding import Finding, Weight
from fleetmon.issuing.drop import look
from fleetmon.model.alert_words import SubjectKind
from fleetmon.model.plan import FleetPlan
from fleetmon.model.report import At
from fleetmon.publish.work import Heard, Unbelieved, written
from fleetmon.settings import Settings

_HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108


def work(found: Settings, now: At) -> Iterator[Finding]:
    """Nothing where no file is set; else each word in it, and what keeps the daemon from believing it."""
    path, plan = found.work.file, found.plan()
    if path is None:
        return
    about = f"work file {path}"
    if any(path.is_relative_to(folder) for folder in _HIDDEN):
        text = "fleetmon.service has no access to /home, /root, /run/user and /tmp; put it elsewhere, as in /var/lib"
        yield Finding(Weight.WARNING, about, text)
    seen = look(path)
    assert seen is not None, "nothing was known of it"
    age_s = 0.0 if isinstance(seen, Unbelieved) else now.utc - seen.written_at
    words = (seen,) if isinstance(seen, Unbelieved) else written(seen.content, age_s, plan, now)
    yield from (_word(about, each, age_s, plan) for each in words)


def _word(about: str, word: Heard, age_s: float, plan: FleetPlan) -> Finding:
    if isinstance(word, Unbelieved):
        return Finding(Weight.WARNING, about, word.text)
    said = f"{word.waiting} wait for {word.scope}, written {max(0.0, age_s):.0f} s ago, believed"
    said += f" for another {word.valid_for_s:.0f} s"
    if word.scope.kind is SubjectKind.SITE and len(plan.lines) > 1:
        return Finding(Weight.WARNING, about, f'{said}; it names none of the {len(plan.lines)} lines: "line" does')
    return Finding(Weight.NOTE, about, said)

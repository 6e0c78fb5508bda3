"""A driver begun from what was said on a line: the requests are taken over, the form of the answers is guessed.

A request that no list calls harmless is taken over only with the page of the manual that does.
"""

from collections.abc import Iterable

from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.words import written
from fleetmon.drafting import answers
from fleetmon.drafting.draft import Draft, capture, named, quoted
from fleetmon.errors import DriverError
from fleetmon.links.transcript import Scene, Turn
from fleetmon.proof import Provenance

_MOST_CAPTURES = 20
HEAD = """\
# Begun by `fleetmon drivers new`: it loads as it stands, and means nothing yet. What can be said here, and how, is in
# docs/write-a-driver.md; `fleetmon drivers show` tells what it says, `fleetmon drivers test` whether it is right.
name = "{name}"
title = "{name}"                      # what the machine is, for people
kind = "other"                        # printer, laminator, personaliser, inspector or other
maturity = "experimental"             # documented: all from a manual; verified: captures of hardware prove it
link = "{link}"
"""
_LINE = """\

[line]                                # what a source in the settings may say otherwise
baud = 9600
data_bits = 8
parity = "none"                       # none, even, odd
stop_bits = 1
handshake = "none"                    # none, rts-cts, dsr-dtr, xon-xoff
timeout = "2s"                        # how long an answer may take
framing = {framing}
"""
MEANINGS = """\

# What the fields mean. Take the # away and complete it.
#
# [state]
# from = "{field}"
# [state.codes]
# 0 = "idle"                          # idle, processing, stopped, unknown
# 1 = "processing"
#
# [faults.{field}]
# none = ["0"]                        # the values that mean that nothing is wrong
# [faults.{field}.codes]
# 14 = {{ reason = "media-jam", severity = "error", manual = "p. 41" }}      # the words: docs/vocabulary.md
#
# [counters]
# produced = {{ from = "{field}", unit = "documents" }}
#
# [supplies.laminate]
# from = "{field}"
# kind = "laminate"
# unit = "items"
# capacity = 2500
"""


def draft(name: str, scenes: tuple[Scene, ...], file: str, provenance: Provenance, page: str | None) -> Draft:
    """A driver of a machine on a line of bytes. DriverError names the requests that need a `page`."""
    turns = [turn for scene in scenes for turn in scene.turns]
    asks = list(dict.fromkeys(turn.ask for turn in turns))
    protocol = max(PROTOCOLS, key=lambda each: sum(allowed(each, written(ask)) for ask in asks))
    listed = {ask for ask in asks if allowed(protocol, written(ask))}
    unlisted = [written(ask) for ask in asks if ask not in listed]
    if unlisted and not page:
        raise DriverError(
            f"{file}: on no list of harmless requests: {', '.join(unlisted)}\n"
            'Look in the manual whether they change nothing, and name the page: --read-only "manual p. 12"'
        )
    cut = answers.cutting(list(dict.fromkeys(turn.reply for turn in turns if turn.reply)))
    text = HEAD.format(name=name, link="serial")
    text += f'protocol = "{protocol}"{" " * 6}# whose list of harmless requests holds them\n' if listed else ""
    text += _LINE.format(framing=cut.framing)
    taken: set[str] = set()
    for ask in asks:
        word = named(written(ask), taken, "ask")
        replies = dict.fromkeys(turn.reply for turn in turns if turn.ask == ask and turn.reply)
        frames = [cut.frames[reply] for reply in replies]
        text += _exchange(word, ask, frames, None if ask in listed else page)
    text += MEANINGS.format(field="state")
    return Draft(name, text, captures(scenes, file, provenance))


def _exchange(word: str, ask: bytes, frames: list[answers.Frames], page: str | None) -> str:
    lines = ["", f"[read.{word}]", f"ask = {quoted(written(ask))}"]
    lines += [f"read_only = {quoted(page)}"] if page else []
    most = max((len(each) for each in frames), default=1)
    lines += [f"frames = {most}"] if most > 1 else []
    lines += [answers.form(word, [each for each in frames if len(each) == most]), 'pace = "fast"']
    remark = "# slow: once a minute; on-change: when another answer changed, too"
    lines[-1] = f"{lines[-1]:<38}{remark}"
    return "\n".join(lines) + "\n"


def captures(scenes: tuple[Scene, ...], file: str, provenance: Provenance, extra: str = "") -> dict[str, str]:
    """One capture for each scene, by the names of their files."""
    taken: set[str] = set()
    found = {}
    for scene in scenes[:_MOST_CAPTURES]:
        situation = scene.name or "as it was heard"
        name = named(scene.name, taken, "heard").replace("_", "-")
        found[name] = capture(situation, provenance, f"from {file}", extra + exchanges(scene.turns))
    return found


def exchanges(turns: Iterable[Turn]) -> str:
    """The exchanges as they stand in a capture."""
    lines = []
    for turn in turns:
        reply = f", reply = {quoted(written(turn.reply))}" if turn.reply else ""
        lines.append(f"    {{ ask = {quoted(written(turn.ask))}{reply} }},")
    return "\n".join(["exchanges = [", *lines, "]"])

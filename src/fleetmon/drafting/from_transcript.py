"""A driver begun from what was said on a line: the requests are taken over, the form of the answers is guessed.

A request that no list calls harmless is taken over only with the page of the manual that does.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.words import written
from fleetmon.drafting import answers
from fleetmon.drafting.cutting import Cutting, contents, cutting
from fleetmon.drafting.draft import Draft, capture, named, quoted, slug
from fleetmon.errors import DriverError
from fleetmon.links.transcript import Scene, Turn
from fleetmon.proof import Provenance

_MOST_CAPTURES = 20
_MOST_FRAMES = 64
_PACE = 'pace = "fast"'
HEAD = """\
# Begun by `fleetmon drivers new`: it loads as it stands, and means nothing yet. What can be said here, and how, is in
# docs/write-a-driver.md; `fleetmon drivers show` tells what it says, `fleetmon drivers test` whether it is right. The
# title is for people.
name = "{name}"
title = "{name}"
kind = "other"                        # printer, laminator, personaliser, inspector or other
maturity = "experimental"             # documented: all from a manual; verified: captures of hardware prove it
link = "{link}"
"""
_LINE = """\

[line]                                # what a source in the settings may say otherwise
baud = 9600                           # from the manual: what was heard does not tell it
data_bits = 8                         # likewise
parity = "none"                       # likewise: none, even, odd
stop_bits = 1                         # likewise
handshake = "none"                    # likewise: none, rts-cts, dsr-dtr, xon-xoff
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


@dataclass(frozen=True, slots=True)
class Harmless:
    """Why the requests change nothing: they are on the list of a `protocol`, or a `page` of the manual says so.

    Which protocol a machine speaks is for a person to say: what only reads on one machine may move another.
    """

    protocol: str | None = None
    page: str | None = None


def draft(name: str, scenes: tuple[Scene, ...], file: str, provenance: Provenance, harmless: Harmless) -> Draft:
    """A driver of a machine on a line of bytes. DriverError names the requests that nobody calls harmless."""
    turns = [turn for scene in scenes for turn in scene.turns]
    asks = list(dict.fromkeys(turn.ask for turn in turns))
    protocol, page = harmless.protocol, harmless.page
    listed = {ask for ask in asks if allowed(protocol, written(ask))}
    if not page and len(listed) < len(asks):
        raise DriverError(_refusal(file, protocol, [written(ask) for ask in asks if ask not in listed]))
    heard_all = [turn.reply for turn in turns if turn.reply]
    cuts = {ask: cutting(_answers(ask, turns), heard_all) for ask in asks}
    usual = Counter(cut.framing for cut in cuts.values() if cut.frames).most_common(1)
    framing = usual[0][0] if usual else '"line"'
    rule = next((cut.rule for cut in cuts.values() if cut.framing == framing), "line")
    inside = None if listed else contents(rule, asks)
    text = HEAD.format(name=name, link="serial")
    text += f'protocol = "{protocol}"{" " * 6}# whose list of harmless requests holds them\n' if listed else ""
    text += _LINE.format(framing=framing) + (f"request_framing = {framing}\n" if inside else "")
    taken: set[str] = set()
    for ask, cut in cuts.items():
        said = written((inside or {}).get(ask, ask))
        text += _exchange(named(said, taken, "ask"), said, cut, framing, None if ask in listed else page)
    text += MEANINGS.format(field="state")
    return Draft(name, text, captures(scenes, file, provenance, heard))


def _refusal(file: str, protocol: str | None, unlisted: list[str]) -> str:
    known = [each for each in PROTOCOLS if all(allowed(each, ask) for ask in unlisted)]
    hint = f"\nIf the machine speaks {' or '.join(known)}: --protocol {known[0]}" if known else ""
    return (
        f"{file}: {'not on the list of harmless requests' if protocol else 'nobody says that they are harmless'}: "
        f"{', '.join(unlisted)}\n"
        f'Look in the manual whether they change nothing, and name the page: --read-only "manual p. 12"{hint}'
    )


def _answers(ask: bytes, turns: list[Turn]) -> list[bytes]:
    return list(dict.fromkeys(turn.reply for turn in turns if turn.ask == ask and turn.reply))


def _exchange(word: str, ask: str, cut: Cutting, usual: str, page: str | None) -> str:
    lines = ["", f"[read.{word}]", f"ask = {quoted(ask)}"]
    lines += [f"read_only = {quoted(page)}"] if page else []
    lines += [f"framing = {cut.framing}"] if cut.frames and cut.framing != usual else []
    if cut.until is not None:
        lines += [f"frames = {_MOST_FRAMES}", f"until = {quoted(cut.until)}"]
    elif cut.frames and len(cut.frames[0]) > 1:
        lines += [f"frames = {len(cut.frames[0])}"]
    lines += [f"{_PACE:<38}# slow: once a minute; on-change: when another answer changed, too"]
    lines += [answers.form(word, cut.frames, until=cut.until is not None)]
    return "\n".join(lines) + "\n"


def captures(
    scenes: tuple[Scene, ...], file: str, provenance: Provenance, heard: Callable[[Scene], str]
) -> dict[str, str]:
    """One capture for each scene, by the names of their files; `heard` writes what was heard in it."""
    taken: set[str] = set()
    found = {}
    for scene in scenes[:_MOST_CAPTURES]:
        name = slug(scene.name, taken, "heard")
        found[name] = capture(scene.name or "as it was heard", provenance, f"from {file}", heard(scene))
    return found


def heard(scene: Scene) -> str:
    """A scene as its exchanges."""
    return exchanges(scene.turns)


def exchanges(turns: Iterable[Turn]) -> str:
    """The exchanges as they stand in a capture."""
    lines = []
    for turn in turns:
        reply = f", reply = {quoted(written(turn.reply))}" if turn.reply else ""
        lines.append(f"    {{ ask = {quoted(written(turn.ask))}{reply} }},")
    return "\n".join(["exchanges = [", *lines, "]"])

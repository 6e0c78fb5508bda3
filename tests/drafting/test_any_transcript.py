"""Whatever a machine was heard to say, a begun driver loads and understands each word of it."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fleetmon import catalog, proof
from fleetmon.decode.framing.modbus import read_request
from fleetmon.drafting import draft as drafts
from fleetmon.drafting import from_modbus, from_transcript
from fleetmon.drafting.draft import Draft
from fleetmon.drafting.from_transcript import Harmless
from fleetmon.links.transcript import Scene, Turn
from fleetmon.proof import Proof, Provenance

WORDS = st.text("ABCabc019 =,:\"'\\.*?{}[]<>", min_size=1, max_size=30).map(str.encode)
REPLIES = st.one_of(
    WORDS.map(lambda text: text + b"\r"),
    WORDS.map(lambda text: text + b"\r\n"),
    WORDS.map(lambda text: b"\x02" + text + b"\x03"),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda each: b"".join(b"\x02" + text + b"\x03\r\n" for text in each)),
    WORDS.map(lambda text: b"CODE=" + text + b"\r\nONLINE=1\r\n\x0c"),
    st.binary(min_size=1, max_size=40),
    st.just(b'{"a": {"b/c": 1}, "d": [2, null]}\r\n'),
)
ASKS = st.one_of(WORDS, st.binary(min_size=1, max_size=12))


def proven(draft: Draft) -> list[Proof]:
    """The captures of a draft, decoded with it after it was written and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / draft.name
        drafts.write(draft, place)
        return proof.prove(catalog.read(place))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(ASKS, REPLIES, min_size=1, max_size=3), st.dictionaries(ASKS, REPLIES, max_size=1))
def test_a_driver_begun_from_any_talk_reads_it(first: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    """Each scene decodes to a report, although what it means is not known yet."""
    scenes = [Scene("one", tuple(Turn(ask, reply) for ask, reply in first.items()))]
    if other:
        again = {**first, **dict.fromkeys(first, next(iter(other.values())))}
        scenes.append(Scene("two", tuple(Turn(ask, reply) for ask, reply in again.items())))
    draft = from_transcript.draft("acme", tuple(scenes), "said.txt", Provenance.SIMULATED, Harmless(page="manual p. 1"))
    assert draft.captures.keys() == {scene.name for scene in scenes}
    for each in proven(draft):
        assert each.decoded["state"] == "unknown", each.decoded


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3, 4]), st.integers(0, 65000), st.integers(1, 20)),
        min_size=1,
        max_size=4,
        unique_by=lambda each: each[:2],
    ),
    st.sampled_from(["rtu", "ascii", "tcp"]),
)
def test_registers_that_were_read_become_fields(readings: list[tuple[int, int, int]], mode: str) -> None:
    """Every register and bit of every request is a field of its table, in each form of Modbus."""
    asks = [read_request(mode, 5, *reading) for reading in readings]  # type: ignore[arg-type]
    scenes = (Scene("", tuple(Turn(ask, None) for ask in asks)),)
    assert from_modbus.is_modbus(scenes)
    draft = from_modbus.draft("acme", scenes, "said.txt", Provenance.SIMULATED)
    wanted = {(function, at) for function, address, count in readings for at in range(address, address + count)}
    lines = [line for line in draft.definition.splitlines() if " = { " in line and not line.startswith("#")]
    assert len(lines) == len(wanted)
    assert "unit = 5" in draft.definition
    assert [each.file for each in proven(draft)], "it loads"

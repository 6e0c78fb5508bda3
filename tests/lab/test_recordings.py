"""A recording is read as it was written, by fleetmon and by the simulators, and a broken one says where."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.recordings.exchanges import moments
from fleetmon.simulators.recordings.recording import load_recording
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode.dialogue import Get, Reply, Request, Varbind, Walk
from fleetmon.lab.records.recordings import Recording, RecordingError, parse, read
from fleetmon.lab.records.replaying import Known
from fleetmon.lab.records.said import Exchanged, Header, Poll, Said
from fleetmon.lab.records.written import header_line, poll_lines
from fleetmon.lab.virtual_time.bridge import reply_of
from fleetmon.model.oid import Oid
from fleetmon.model.plan import Handshake, Parity, SerialChoice
from fleetmon.model.report import NoAnswer
from fleetmon.model.words import Silence

HEADER = Header("lam1", "snmp", 1771000000.0, 5.0, "snmp_printer", 3, ("serials",))

arcs = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4)
oids = arcs.map(lambda rest: (1, 3, 6, *rest))
values = st.one_of(
    st.tuples(st.just(2), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.sampled_from([65, 66, 67, 70]), st.integers(0, 2**32 - 1)),
    st.tuples(
        st.sampled_from([4, 64, 68]), st.one_of(st.binary(max_size=20), st.text('ab "\\{}', max_size=9).map(str.encode))
    ),
    st.tuples(st.just(6), oids),
    st.tuples(st.just(5), st.none()),
)
varbinds = st.builds(lambda oid, value: Varbind(oid, *value), oids, values)
replies = st.lists(varbinds, max_size=5).map(tuple)
requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(Get, st.lists(oids, max_size=4).map(tuple)), st.builds(Walk, oids)
)
silences = st.builds(NoAnswer, st.sampled_from(list(Silence)), st.text(max_size=20))
times = st.integers(0, 10**7).map(lambda ms: ms / 1000)
saids = st.builds(Said, times, times, requests, st.one_of(replies, silences))
polls = st.lists(st.builds(Poll, st.just(0), st.lists(saids, max_size=3).map(tuple), times, st.none() | silences)).map(
    lambda found: [Poll(n, each.said, each.ended, each.failed) for n, each in enumerate(found, 1)]
)

octets = st.binary(max_size=20)
exchanges = st.builds(Exchanged, times, times, octets, octets, st.none() | silences)
spoken_polls = st.lists(
    st.builds(
        lambda spoken, ended, failed: Poll(0, (), ended, failed, spoken),
        st.lists(exchanges, max_size=3).map(tuple),
        times,
        st.none() | silences,
    )
).map(lambda found: [replace(each, number=number) for number, each in enumerate(found, 1)])
choices = st.builds(
    SerialChoice,
    baud=st.sampled_from([None, 9600]),
    data_bits=st.sampled_from([None, 7]),
    parity=st.none() | st.sampled_from(list(Parity)),
    stop_bits=st.sampled_from([None, 2]),
    handshake=st.none() | st.sampled_from(list(Handshake)),
)
headers = st.builds(
    Header,
    machine=st.text(max_size=9),
    link=st.sampled_from(["serial", "tcp", "rfc2217", "modbus+tcp"]),
    began=times,
    interval_s=times,
    driver=st.just("lapis_lamina"),
    unit=st.none() | st.text(max_size=9),
    modbus_unit=st.none() | st.integers(0, 247),
    line=st.none() | choices,
)


def lines_of(found: list[Poll]) -> list[str]:
    return [header_line(HEADER), *(line for poll in found for line in poll_lines(poll))]


def complaints(lines: list[str]) -> Iterator[str]:
    """What both readers say against a file; nothing where they take it."""
    for reader in (parse, moments):
        try:
            reader(lines, "it")
        except (RecordingError, BadInput) as error:
            yield str(error)


@given(polls)
def test_what_is_written_is_read(found: list[Poll]) -> None:
    """Every tag and octet, every time to the millisecond, every silence."""
    lines = lines_of(found)
    assert all("\n" not in line and line.isascii() for line in lines)
    assert parse(lines, "it") == Recording(HEADER, found)


@given(headers, spoken_polls)
def test_what_is_written_of_a_line_of_bytes_is_read(header: Header, found: list[Poll]) -> None:
    """Every octet that was asked or came, also what was no answer; and how the line was set."""
    lines = [header_line(header), *(line for poll in found for line in poll_lines(poll))]
    assert all("\n" not in line and line.isascii() for line in lines)
    assert parse(lines, "it") == Recording(header, found)


@given(polls, st.data())
def test_a_file_that_was_cut_off_loses_its_end_only(found: list[Poll], data: st.DataObject) -> None:
    """Whole polls before the cut are there; what is lost is remarked upon."""
    text = "\n".join(lines_of(found))
    first = text.find("\n") if "\n" in text else len(text)
    cut = text[: data.draw(st.integers(first, len(text)))]
    recording = parse(cut.split("\n"), "it")
    assert recording.polls == found[: len(recording.polls)]
    whole = cut == "\n".join(lines_of(recording.polls)) or cut == "\n".join(lines_of(recording.polls)) + "\n"
    assert whole == (recording.remark is None)


@given(st.one_of(st.text(max_size=200), st.lists(st.text(max_size=60)).map("\n".join)))
def test_nonsense_is_refused_in_words(text: str) -> None:
    """No text ends in another exception than the one that names the line, in either reader."""
    for lines in (text.split("\n"), [header_line(HEADER), *text.split("\n"), "{}"]):
        assert all(said.startswith("it:") for said in complaints(lines))


keys = st.sampled_from("t took poll get got walk ask heard failed text".split())
pieces = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("1.36x", max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(keys, pieces, min_size=1), min_size=1, max_size=4))
def test_lines_that_look_right_are_refused_in_words(found: list[dict[str, object]]) -> None:
    """The right keys with wrong contents are an error of the file, and never one of ours."""
    lines = [header_line(HEADER), *map(json.dumps, found), json.dumps({"t": 1, "poll": 1, "heard": "report"})]
    assert all(said.startswith("it:") for said in complaints(lines))


@given(polls.filter(bool), st.lists(oids, min_size=1, max_size=5))
def test_both_readers_know_the_same(found: list[Poll], asked: list[Oid]) -> None:
    """After each poll fleetmon and the simulators would answer alike, or both not at all."""
    told = moments(lines_of(found), "it")
    known = Known()
    assert len(told) == len(found)
    for poll, (_, rows) in zip(found, told, strict=True):
        known.show(poll)
        assert (known.failed is None) == (rows is not None)
        if rows is not None:
            for request in (Get(tuple(asked)), Walk((1, 3, 6)), *(said.request for said in poll.said)):
                assert known.ask(request) == reply_of(rows, request)


def test_at_a_time_the_rows_are_those_last_recorded(tmp_path: Path) -> None:
    """A served recording changes when the next poll was begun, is silent where it was, and ends with the last."""
    name: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)

    def poll(number: int, at: float, ticks: int | None) -> Poll:
        reply: Reply | NoAnswer = NoAnswer(Silence.TIMEOUT) if ticks is None else (Varbind(name, 67, ticks),)
        failed = reply if isinstance(reply, NoAnswer) else None
        return Poll(number, (Said(at, 0.1, Get((name,)), reply),), at + 0.1, failed)

    story = [poll(1, 1.0, 500), poll(2, 6.0, None), poll(3, 11.0, 1500), poll(4, 16.0, 20)]
    file = tmp_path / "it.jsonl"
    file.write_text("\n".join(lines_of(story)) + "\n", encoding="ascii")
    served = load_recording(file)
    found = []
    for now in (0.0, 5.9, 6.0, 10.9, 11.0, 15.9, 16.0, 900.0):
        rows = served.rows(now)
        value = rows and rows.get(name)
        found.append((getattr(value, "content", None), served.boots))
    assert found == [(500, 1), (500, 1), (None, 1), (None, 1), (1500, 1), (1500, 1), (20, 2), (20, 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it.jsonl:1: is empty"),
        ("hello\n", "it.jsonl:1: is no recording"),
        ('{"fleetmon-recording": 9}\n', "it.jsonl:1: is written in format 9; this fleetmon reads format 1"),
        ('{"fleetmon-recording": 1, "machine": 5}\n', "it.jsonl:1: machine is no text"),
        (header_line(HEADER) + '\n{"t": 1}\n{"t": 2}\n', "it.jsonl:2: poll is missing"),
        (header_line(HEADER) + '\n{"t": -1, "poll": 1}\n{}\n', "it.jsonl:2: t is no number of seconds"),
        (header_line(HEADER) + '\n{"t": 1e300, "poll": 1, "heard": "report"}\n{}\n', "it.jsonl:2: t is no number"),
        (header_line(HEADER) + '\n{"t": 4e7, "poll": 1, "heard": "report"}\n{}\n', "it.jsonl:2: t is later than"),
        (header_line(HEADER) + "\nö\n{}\n", "it.jsonl:2: is no plain ASCII"),
        ("ö\n", "it.jsonl:1: is no recording"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, text: str, said: str) -> None:
    """Whoever edited a recording by hand learns where it went wrong."""
    file = tmp_path / "it.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError, match=said):
        read(file)


@pytest.mark.parametrize("last", ["{", "é", '{"t": 1, "poll": 1, "got": [["1.3", 2, "x"]]}'])
def test_only_the_last_line_may_be_broken(tmp_path: Path, last: str) -> None:
    """A process was killed while it wrote; the same line before others is an error of that line."""
    whole = [header_line(HEADER), *poll_lines(Poll(1, (), 1.0))]
    file = tmp_path / "it.jsonl"
    file.write_text("\n".join([*whole, last]), encoding="utf-8")
    found = read(file)
    assert len(found.polls) == 1
    assert found.remark is not None
    assert found.remark.startswith(f"{file}:3: ")
    file.write_text("\n".join([*whole, last, whole[-1]]), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"it\.jsonl:3: "):
        read(file)


def test_no_more_is_read_than_wished(tmp_path: Path) -> None:
    """What stands behind is not even looked at."""
    file = tmp_path / "it.jsonl"
    polls = [line for number in (1, 2, 3) for line in poll_lines(Poll(number, (), 1.0))]
    file.write_text("\n".join([header_line(HEADER), *polls, "broken", "broken"]), encoding="ascii")
    assert [poll.number for poll in read(file, 2).polls] == [1, 2]


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_what_has_no_end_is_not_read_to_it(device: str) -> None:
    """Somebody named the wrong file."""
    with pytest.raises(RecordingError, match=f"{device}:1: is "):
        read(Path(device))
    with pytest.raises(BadInput):
        load_recording(Path(device))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"t": 1}', "poll is missing"),
        ('{"t": NaN, "poll": 1, "heard": "report"}', "poll and t are numbers"),
        ('{"t": 1, "poll": 1, "get": ["1.3"], "got": [["1.3", 2, true]]}', "True is no content of INTEGER"),
    ],
)
def test_the_simulators_tell_the_line_too(line: str, said: str) -> None:
    """Whoever serves what he edited by hand learns where it went wrong."""
    whole = [header_line(HEADER), *poll_lines(Poll(1, (), 1.0))]
    with pytest.raises(BadInput, match=f"it:3: {said}"):
        moments([*whole, line, whole[-1]], "it")


def test_a_file_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    """Without a number and without a traceback."""
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        read(tmp_path / "nothing.jsonl")

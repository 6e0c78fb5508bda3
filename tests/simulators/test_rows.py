"""How an agent answers for its rows, in each version, without any bytes."""

import pytest
from fleetmon.simulators.snmp.rows import Absence, Ask, Cell, Refusal, Row, Rows, Tag, Value, Version, answer
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.integers(0, 6), min_size=1, max_size=5).map(lambda arcs: (1, 3, *arcs))
VALUES = st.one_of(
    st.builds(Value, st.just(Tag.INTEGER), st.integers(-9, 9)),
    st.builds(Value, st.just(Tag.COUNTER64), st.integers(0, 9)),
    st.builds(Value, st.just(Tag.STRING), st.binary(max_size=300)),
)
LISTS = st.lists(st.tuples(NAMES, VALUES), max_size=40)

TABLE = Rows(
    [
        ((1, 3, 1, 1, 0), Value(Tag.INTEGER, 1)),
        ((1, 3, 1, 2, 0), Value(Tag.COUNTER64, 2**40)),
        ((1, 3, 2, 1, 1), Value(Tag.STRING, b"a")),
        ((1, 3, 2, 1, 2), Value(Tag.STRING, b"b")),
    ],
    columns=[(1, 3, 3, 7)],
)


@given(LISTS)
def test_walking_meets_every_row_once_in_order(listed: list[Row]) -> None:
    """GETNEXT from the start visits the names in order, each with the first value it was given."""
    first: dict[tuple[int, ...], Value] = {}
    for name, value in listed:
        first.setdefault(name, value)
    rows, seen, name = Rows(listed), [], (0, 0)
    while not isinstance((cell := rows.after(name, version=Version.V2C))[1], Absence):
        seen.append(cell)
        name = cell[0]
    assert seen == sorted(first.items())


@given(LISTS, st.integers(0, 30), st.integers(0, 3), st.lists(NAMES, min_size=1, max_size=3))
def test_getbulk_says_what_repeated_getnext_would(
    listed: list[Row], repetitions: int, once: int, names: list[tuple[int, ...]]
) -> None:
    """RFC 3416 section 4.2.3: GETBULK equals repeated GETNEXT, cut off where the answer is full."""
    rows = Rows(listed)
    told = answer(rows, Ask.BULK, names, Version.V2C, (once, repetitions))
    expected = [rows.after(name, version=Version.V2C) for name in names[:once]]
    heads = names[once:]
    for _ in range(repetitions if heads else 0):
        cells = [rows.after(name, version=Version.V2C) for name in heads]
        expected += cells
        heads = [name for name, _ in cells]
    assert told.cells is not None
    assert told.status is Refusal.NONE
    assert list(told.cells) == expected[: len(told.cells)]
    if len(told.cells) < len(expected):
        at_the_end = all(value is Absence.END_OF_VIEW for _, value in expected[len(told.cells) - len(names) + once :])
        assert at_the_end or sum(map(_octets, expected)) > 1400
    if repetitions and listed:
        assert told.cells, "an empty answer would look like the end"


def _octets(cell: Cell) -> int:
    """More than it takes on the wire: two octets an arc, the content, and some for what encloses it."""
    name, value = cell
    inside = value.content if isinstance(value, Value) else None
    return 20 + 2 * len(name) + (len(inside) if isinstance(inside, bytes) else 0)


def test_version_2c_answers_each_name_for_itself() -> None:
    """A missing object, a missing instance, an instance of an empty table and a value stand side by side."""
    names = [(1, 3, 9, 0), (1, 3, 2, 1, 7), (1, 3, 3, 7, 1, 4), (1, 3, 1, 1, 0), (1, 3)]
    told = answer(TABLE, Ask.GET, names, Version.V2C)
    assert told.cells is not None
    assert [value for _, value in told.cells] == [
        Absence.NO_SUCH_OBJECT,
        Absence.NO_SUCH_INSTANCE,
        Absence.NO_SUCH_INSTANCE,
        Value(Tag.INTEGER, 1),
        Absence.NO_SUCH_OBJECT,
    ]


@pytest.mark.parametrize(
    ("ask", "names", "index"),
    [
        (Ask.GET, [(1, 3, 1, 1, 0), (1, 3, 9, 0), (1, 3, 8, 0)], 2),
        (Ask.GET, [(1, 3, 1, 2, 0)], 1),
        (Ask.NEXT, [(1, 3, 1), (1, 3, 2, 1, 2)], 2),
        (Ask.SET, [(1, 3, 1, 1, 0)], 1),
    ],
)
def test_version_1_loses_the_whole_answer(ask: Ask, names: list[tuple[int, ...]], index: int) -> None:
    """noSuchName with the place of the first name that failed, for Counter64 as well; the request's names go back."""
    told = answer(TABLE, ask, names, Version.V1)
    assert (told.status, told.index, told.cells) == (Refusal.NO_SUCH_NAME, index, None)


def test_version_1_steps_over_counter64() -> None:
    """A walk in version 1 never meets a type it cannot say (RFC 3584 section 4.2.2.1)."""
    assert TABLE.after((1, 3, 1, 1, 0), version=Version.V1)[0] == (1, 3, 2, 1, 1)
    assert TABLE.after((1, 3, 1, 1, 0), version=Version.V2C)[0] == (1, 3, 1, 2, 0)


def test_nothing_can_be_written() -> None:
    """SET is refused in every version."""
    assert answer(TABLE, Ask.SET, [(1, 3, 1, 1, 0)], Version.V2C).status is Refusal.NOT_WRITABLE
    assert answer(TABLE, Ask.SET, [(1, 3, 1, 1, 0)], Version.V3).status is Refusal.NOT_WRITABLE


def test_an_answer_that_does_not_fit_is_refused_as_too_big() -> None:
    """Twenty long strings do not fit one datagram; one alone is sent however long it is."""
    rows = Rows(
        [((1, 3, n), Value(Tag.STRING, b"x" * 200)) for n in range(20)] + [((1, 3, 99), Value(Tag.STRING, b"x" * 2000))]
    )
    assert answer(rows, Ask.GET, [(1, 3, n) for n in range(20)], Version.V2C).status is Refusal.TOO_BIG
    assert answer(rows, Ask.GET, [(1, 3, 99)], Version.V2C).status is Refusal.NONE

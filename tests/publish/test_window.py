"""The window: nothing skipped, nothing out of order, nothing confirmed that was not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.publish.window import Window


def test_a_confirmation_waits_for_the_rows_below_it() -> None:
    """Rows 1 2 3 are out; 3 and 2 confirmed moves nothing, 1 confirmed moves to 3."""
    window = Window(0)
    assert [window.take(seq) for seq in (1, 2, 3)] == [True, True, True]
    assert not window.confirm(3)
    assert not window.confirm(2)
    assert window.acked == 0
    assert window.confirm(1)
    assert window.acked == 3
    assert window.outstanding == 0


def test_rows_dropped_from_the_outbox_hold_nothing_up() -> None:
    """The outbox holds 5, 9 and 12 only: these three confirmed, all up to 12 is done with."""
    window = Window(4)
    for seq in (5, 9, 12):
        window.take(seq)
    for seq in (12, 9, 5):
        window.confirm(seq)
    assert window.acked == 12


def test_a_gap_that_went_ahead_is_not_sent_again_in_its_turn() -> None:
    """Gap 40 goes first and is confirmed; when the rows arrive at 40 it is not sent, and does not hold them up."""
    window = Window(0)
    assert window.ahead(40)
    assert not window.ahead(40)
    window.confirm(40)
    assert window.acked == 0
    assert window.take(39)
    assert not window.take(40)
    assert window.confirm(39)
    assert window.acked == 40


def test_going_back_forgets_everything_above_the_confirmation() -> None:
    """After a new connection rows 2 and 3 are sent again though 3 had been confirmed; late answers change nothing."""
    window = Window(0)
    for seq in (1, 2, 3):
        window.take(seq)
    window.confirm(1)
    window.confirm(3)
    window.go_back()
    assert window.cursor == 1
    assert not window.confirm(2)
    assert window.acked == 1
    assert window.take(2)


def test_a_consumer_that_says_how_far_it_is_moves_the_window_there() -> None:
    """An end-to-end confirmation up to 2 leaves only row 3; an older one changes nothing."""
    window = Window(0)
    for seq in (1, 2, 3):
        window.take(seq)
    assert window.confirm_all(2)
    assert not window.confirm_all(1)
    assert (window.acked, window.outstanding, window.cursor) == (2, 1, 3)


def test_rows_are_taken_in_ascending_order_only() -> None:
    """Taking a row twice, or one below, is the sender's bug and is refused."""
    window = Window(7)
    window.take(9)
    with pytest.raises(ValueError, match="ascending"):
        window.take(9)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 30)),
        st.tuples(st.just("answer"), st.integers(0, 99)),
        st.tuples(st.just("late answer"), st.integers(0, 99)),
        st.tuples(st.just("go back"), st.just(0)),
        st.tuples(st.just("gap first"), st.integers(0, 99)),
    ),
    max_size=120,
)


@given(rows=st.sets(st.integers(1, 300), min_size=1, max_size=150), size=st.integers(1, 40), steps=steps)
def test_whatever_happens_nothing_is_skipped_reordered_or_confirmed_unasked(
    rows: set[int], size: int, steps: list[tuple[str, int]]
) -> None:
    """Any holes, losses, late answers, repetitions: every row up to the confirmation was answered, and all arrive."""
    table, window = sorted(rows), Window(0, size)
    out: list[int] = []
    answered: set[int] = set()
    highest = 0

    def send(most: int) -> None:
        due = [seq for seq in table if seq > window.cursor]
        for seq in due[: min(most, window.room)]:
            if window.take(seq):
                out.append(seq)

    def check() -> None:
        nonlocal highest
        assert window.acked >= highest, "a confirmation never goes back"
        highest = window.acked
        assert {seq for seq in table if seq <= window.acked} <= answered, "confirmed without an answer"
        assert window.outstanding <= size

    for step, number in steps:
        if step == "send":
            send(number)
        elif step == "answer" and out:
            seq = out.pop(number % len(out))
            answered.add(seq)
            window.confirm(seq)
        elif step == "late answer":
            # to something sent over an earlier connection: true, but the window need not believe it
            late = table[number % len(table)]
            if late in answered:
                window.confirm(late)
        elif step == "go back":
            window.go_back()
            out.clear()
        elif step == "gap first" and window.ahead(table[number % len(table)]):
            out.append(table[number % len(table)])
        check()
    window.go_back()
    while window.acked < table[-1]:
        out.clear()
        before = window.acked
        send(size)
        assert out == sorted(out)
        for seq in out:
            answered.add(seq)
            window.confirm(seq)
        check()
        assert window.acked > before, "the window is stuck"

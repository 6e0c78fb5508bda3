"""The window: nothing skipped, nothing out of order, nothing confirmed that was not."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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


class AnyWeather(RuleBasedStateMachine):
    """A table of rows with holes, sent through a window, while answers come late, twice, or not at all."""

    @initialize(rows=st.sets(st.integers(1, 300), min_size=1, max_size=150), size=st.integers(1, 40))
    def begin(self, rows: set[int], size: int) -> None:
        self.table, self.size = sorted(rows), size
        self.window = Window(0, size)
        self.out: list[int] = []
        self.answered: set[int] = set()
        self.highest = 0

    @rule(most=st.integers(1, 30))
    def send(self, most: int) -> None:
        due = [seq for seq in self.table if seq > self.window.cursor]
        self.out += [seq for seq in due[: min(most, self.window.room)] if self.window.take(seq)]

    @rule(number=st.integers(0, 299))
    def send_ahead(self, number: int) -> None:
        seq = self.table[number % len(self.table)]
        if self.window.ahead(seq):
            self.out.append(seq)

    @rule(number=st.integers(0, 99))
    def answer(self, number: int) -> None:
        if self.out:
            seq = self.out.pop(number % len(self.out))
            self.answered.add(seq)
            self.window.confirm(seq)

    @rule(number=st.integers(0, 299))
    def answer_late(self, number: int) -> None:
        """To something sent over an earlier connection: true, but the window need not believe it."""
        seq = self.table[number % len(self.table)]
        if seq in self.answered:
            self.window.confirm(seq)

    @rule()
    def lose_the_connection(self) -> None:
        self.window.go_back()
        self.out.clear()

    @rule()
    def read_to_the_end(self) -> None:
        """What went ahead and is not among the rows any more is forgotten; the others are not."""
        if all(seq <= self.window.cursor for seq in self.table):
            self.window.read_to(self.table[-1] + 5)

    @invariant()
    def nothing_is_confirmed_without_an_answer(self) -> None:
        assert self.window.acked >= self.highest, "a confirmation never goes back"
        self.highest = self.window.acked
        assert {seq for seq in self.table if seq <= self.window.acked} <= self.answered
        assert self.window.room >= 0

    def teardown(self) -> None:
        """Once the weather is fair every row arrives, in order, none is skipped, and the window ends at the last."""
        if not hasattr(self, "window"):
            return
        arrived: list[int] = []
        self.lose_the_connection()
        first = self.window.acked
        while self.window.acked < self.table[-1]:
            self.send(self.size)
            assert self.out, "the window is stuck"
            arrived += self.out
            while self.out:
                self.answer(0)
        assert arrived == [seq for seq in self.table if seq > first]


AnyWeather.TestCase.settings = settings(max_examples=60, stateful_step_count=60)
test_in_any_weather = AnyWeather.TestCase

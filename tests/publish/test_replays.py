"""What is asked for once more is sent once more, whole, in order, bounded, and across connections."""

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.publish.replays import QUEUED_AT_MOST, Replay, Replays


def test_only_what_is_kept_is_promised() -> None:
    """Asked for 1 to 100 where 40 to 60 are kept: 40 to 60; asked for what is gone, or is not yet: a refusal."""
    replays = Replays()
    assert replays.ask(1, 100, available_from=40, head=60) == Replay(40, 60, 40)
    assert replays.ask(1, 39, available_from=40, head=60).refused == "nothing of it is kept"
    assert replays.ask(61, 99, available_from=40, head=60).refused == "nothing of it is kept"
    assert replays.ask(50, 45, available_from=40, head=60).refused == "nothing of it is kept"
    assert replays.waiting == 1


def test_the_queue_is_bounded_and_holds_nothing_twice() -> None:
    """The same again, or a part of it, is not queued again; beyond eight it is refused with the reason."""
    replays = Replays()
    for n in range(QUEUED_AT_MOST):
        assert replays.ask(n * 10 + 1, n * 10 + 10, 1, 1000).refused is None
        assert replays.ask(n * 10 + 3, n * 10 + 8, 1, 1000).refused is None
    assert replays.waiting == QUEUED_AT_MOST
    assert replays.ask(900, 950, 1, 1000).refused == "8 replays are waiting already"


def test_a_gap_that_explains_a_hole_goes_ahead_once() -> None:
    """Rows 1 and 9 are there, gap 50 names the rest: it is sent with them and is part of what must be answered."""
    replays = Replays()
    replays.ask(1, 10, 1, 60)
    assert replays.take(50, ahead=True)
    assert replays.take(1)
    assert not replays.take(50, ahead=True)
    assert replays.take(9)
    replays.read_to(10)
    assert replays.span is None
    for seq in (1, 9):
        replays.answered(seq)
        assert replays.finished() is None
    replays.answered(50)
    assert replays.finished() == Replay(1, 10, 1)
    assert replays.waiting == 0


@given(
    rows=st.sets(st.integers(1, 60), min_size=1),
    asked=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=4),
    weather=st.lists(st.sampled_from(["send", "send", "answer", "answer", "break"]), max_size=60),
)
def test_every_row_that_was_asked_for_is_answered(
    rows: set[int], asked: list[tuple[int, int]], weather: list[str]
) -> None:
    """In any order of sending, answers and broken connections: at the end each row has been answered at least once."""
    replays, out, answered = Replays(), list[int](), set[int]()
    promised = [replays.ask(min(pair), max(pair), 1, 60) for pair in asked]

    def step(what: str) -> None:
        if what == "send" and (span := replays.span):
            found = sorted(seq for seq in rows if span[0] < seq <= span[1])[:3]
            out.extend(seq for seq in found if replays.take(seq))
            if len(found) < 3:
                replays.read_to(span[1])
        elif what == "answer" and out:
            seq = out.pop(0)
            answered.add(seq)
            replays.answered(seq)
        elif what == "break":
            out.clear()
            replays.go_back()
        replays.finished()

    for what in weather:
        step(what)
    for _ in range(1000):
        step("send")
        step("answer")
    assert replays.waiting == 0
    assert answered >= {seq for each in promised for seq in rows if each.first <= seq <= each.last}

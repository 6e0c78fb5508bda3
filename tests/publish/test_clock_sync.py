"""Whether the computer's clock is set by anybody: what the kernel says, and what is known where it may not be asked."""

from pathlib import Path

import pytest

from fleetmon.clock_sync import synchronised


@pytest.mark.parametrize(("state", "expected"), [(0, True), (1, True), (4, True), (5, False)])
def test_the_kernel_s_word_counts(state: int, expected: bool, tmp_path: Path) -> None:
    """Leap seconds ahead or under way (1 to 4) are no error; 5 is, whatever mark an earlier synchronisation left."""
    mark = tmp_path / "synchronized"
    mark.touch()
    assert synchronised(lambda: state, mark) is expected


def test_a_kernel_that_may_not_be_asked_proves_nothing(tmp_path: Path) -> None:
    """Refused: the mark of timesyncd says yes, its absence nothing, since another program may set the clock."""
    mark = tmp_path / "synchronized"
    assert synchronised(lambda: -1, mark) is None
    mark.touch()
    assert synchronised(lambda: -1, mark) is True


def test_this_computer_gives_an_answer() -> None:
    """The real call returns and leaves the process alive."""
    assert synchronised() in (True, False, None)

"""What hangs on what within one machine."""

from itertools import product

from tests.assess.timeline import at

from fleetmon.assess.alerting import truth
from fleetmon.assess.alerting.holding import House, parents
from fleetmon.model.alerts import Alert, Claim, Condition, Subject, SubjectKind

HOUSE = House(None, (), working=True, surely=True, network=None, quiet_s=0.0)


def alert(condition: Condition, second: float) -> Alert:
    return truth.began(Claim(Subject(SubjectKind.MACHINE, "prn1"), condition, at(second)), None, at(second))


def test_only_what_another_can_explain_hangs_on_anything() -> None:
    """A cover that was opened for a jam, film that was low before it ended, what says little: they hang on the trouble
    beside them; a trouble with a name of its own never does."""
    found = {
        second
        for first, second in product(Condition, Condition)
        if first is not second and f"machine:prn1:{second}" in parents([alert(first, 0), alert(second, 5)], HOUSE)
    }
    little = {Condition.OFFLINE, Condition.PAUSED, Condition.SERVICE, Condition.UNEXPLAINED}
    assert found == {Condition.COVER_OPEN, Condition.SUPPLY_LOW, Condition.UNMAPPED} | little

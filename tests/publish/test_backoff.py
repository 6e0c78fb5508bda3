"""How long to stay away: briefly from a broker that is away, long from a name that somebody else uses too."""

import pytest

from fleetmon.publish.mqtt import UplinkPlan
from fleetmon.publish.mqtt.backoff import Backoff
from fleetmon.publish.mqtt.trouble import Trouble

PLAN = UplinkPlan("demo", "127.0.0.1", takeover_s=30.0)


@pytest.mark.parametrize(("lasted_s", "hung_up"), [(1.0, False), (20.0, True)])
def test_a_broker_that_comes_and_goes_is_asked_again_soon(lasted_s: float, hung_up: bool) -> None:
    """However often it closes connections: no more than four seconds, for its return must be noticed."""
    backoff = Backoff(PLAN)
    assert max(backoff.pause_s(Trouble.CLOSED, lasted_s, hung_up=hung_up) for _ in range(50)) <= 4.0
    assert backoff.taken_over == 0


def test_whoever_is_hung_up_on_again_and_again_has_a_double() -> None:
    """mosquitto 2.0.11 does not say "session taken over": after the fourth time in a row half a minute of peace."""
    backoff = Backoff(PLAN)
    pauses = [backoff.pause_s(Trouble.CLOSED, 1.0, hung_up=True) for _ in range(5)]
    assert max(pauses[:3]) <= 4.0
    assert 30.0 <= pauses[3] <= 45.0 <= 60.0 <= pauses[4] <= 90.0
    assert backoff.taken_over == 2


def test_a_broker_that_refuses_in_between_is_merely_restarted() -> None:
    """Only an unbroken row counts."""
    backoff = Backoff(PLAN)
    for _ in range(10):
        assert max(backoff.pause_s(Trouble.CLOSED, 1.0, hung_up=True) for _ in range(3)) <= 4.0
        assert backoff.pause_s(Trouble.REFUSED, 0.0) <= 4.0


def test_a_broker_that_says_so_is_believed_at_once() -> None:
    """MQTT 5, reason code 0x8E."""
    backoff = Backoff(PLAN)
    assert 30.0 <= backoff.pause_s(Trouble.TAKEN_OVER, 1.0) <= 45.0
    assert backoff.taken_over == 1

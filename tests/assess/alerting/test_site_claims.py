"""A network is lost when machines fall silent together, and comes back with most of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assess.timeline import at

from fleetmon.assess.alerting.site_claims import network_claim, settings_claim
from fleetmon.model.alerts import Condition, Evidence
from fleetmon.model.report import At
from fleetmon.model.words import Severity


def silent(*seconds: float) -> dict[str, At]:
    """Machines that have not answered since these moments."""
    return {f"m{number}": at(second) for number, second in enumerate(seconds)}


@pytest.mark.parametrize(
    ("seconds", "machines", "lost"),
    [
        ((0, 30, 60), 6, True),
        ((0, 30, 60), 7, False),
        ((0, 30), 2, False),
        ((0, 30, 95), 6, False),
        ((0, 300, 310, 320), 6, True),
        ((0, 30, 60, 900), 8, False),
        ((), 0, False),
    ],
)
def test_half_of_the_machines_and_three_at_least_within_90_s(
    seconds: tuple[float, ...], machines: int, *, lost: bool
) -> None:
    """Two of two is no network, and what broke at another hour does not count."""
    assert (network_claim(silent(*seconds), machines, "lhr", at(1000)) is not None) == lost


def test_the_claim_says_since_when_and_how_many() -> None:
    """Silent since 200, 210 and 220 s; one since 0 s has a fault of its own."""
    claim = network_claim(silent(0, 210, 200, 220), 6, "lhr", at(400))
    assert claim is not None
    assert (claim.key, claim.condition, claim.seen) == ("site:lhr:network-lost", Condition.NETWORK_LOST, at(200))
    assert claim.evidence == (Evidence("silent machines", 4, expected=0), Evidence("machines", 6))


def test_it_stands_until_three_machines_in_four_are_back() -> None:
    """Four of six are lost: two of six still stand for it, one does not, nor one of three; all back ends it."""
    claim = network_claim(silent(0, 1, 2, 3), 6, "lhr", at(100))
    assert claim is not None
    assert network_claim(silent(0, 1), 6, "lhr", at(200)) is None
    assert network_claim(silent(0, 1), 6, "lhr", at(200), claim) is claim
    assert network_claim(silent(0), 6, "lhr", at(300), claim) is None
    assert network_claim(silent(0), 4, "lhr", at(300), claim) is None, "one machine is no network"
    assert network_claim(silent(0), 3, "lhr", at(300), claim) is None
    assert network_claim({}, 0, "lhr", at(300), claim) is None


@given(st.lists(st.floats(0, 500), max_size=12), st.integers(0, 24))
def test_the_order_of_machines_is_nothing(seconds: list[float], more: int) -> None:
    """Whatever the order of the same machines, the claim is the same, and half of them fell silent within 90 s."""
    known = silent(*seconds)
    machines = len(seconds) + more
    backwards = dict(reversed(known.items()))
    one, other = (network_claim(each, machines, "lhr", at(600)) for each in (known, backwards))
    assert one == other
    if one is not None:
        near = [each for each in known.values() if 0 <= each.since(one.seen) <= 90 + 1e-6]
        assert len(near) >= 3
        assert len(near) * 2 >= machines


def test_settings_that_were_refused_stop_nothing() -> None:
    """They are a plan for whoever wrote them, and the text says what is wrong."""
    claim = settings_claim("lhr", "fleetmon.toml:3: site.id: is missing", at(5))
    assert (claim.key, claim.severity, claim.stops) == ("site:lhr:settings-refused", Severity.WARNING, False)
    assert (claim.seen, claim.text) == (at(5), "fleetmon.toml:3: site.id: is missing")

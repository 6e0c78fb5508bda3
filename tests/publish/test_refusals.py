"""What a broker refuses is said once, tried again in turn, and forgotten once it is taken."""

from fleetmon.publish.refusals import Refusals


def test_a_thousand_refusals_of_one_kind_are_one_line() -> None:
    """The same reason for other states is no news; another reason, or another kind of topic, is."""
    refusals = Refusals()
    assert [refusals.refused(f"state/prn-{n}", "Not authorized") for n in range(3)] == [True, False, False]
    assert refusals.refused("state/prn-9", "too large")
    assert refusals.refused("event", "Not authorized")
    assert (len(refusals), refusals.count) == (5, 5)
    assert refusals.text == "state/prn-0: Not authorized"


def test_once_one_is_taken_its_companions_are_worth_a_try() -> None:
    """The rules are mended: those refused for the same reason follow, one that is too large does not."""
    refusals = Refusals()
    for topic, reason in (("state/a", "no"), ("state/b", "no"), ("line/1", "no"), ("state/huge", "too large")):
        refusals.refused(topic, reason)
    assert refusals.taken("state/a") == ["state/b", "line/1"]
    assert refusals.taken("state/a") == []
    assert refusals.taken("state/quite-another") == []
    for topic in ("state/b", "line/1"):
        refusals.taken(topic)
    assert "state/huge" in refusals
    assert len(refusals) == 1


def test_each_gets_its_turn() -> None:
    """The one that waited longest is tried first and goes to the end when it is refused again."""
    refusals = Refusals()
    for topic in ("event", "state/a", "state/b"):
        refusals.refused(topic, "no")
    assert refusals.next_try(but="event") == "state/a"
    assert not refusals.refused("state/a", "no")
    assert refusals.next_try(but="event") == "state/b"
    refusals.forget("state/b")
    assert refusals.next_try(but="event") == "state/a"
    assert Refusals().text == ""

"""What is told of an alert that people have heard of already begins by saying so."""

from .office import JAM, Office

LEADS = {"worsened": "Now priority 1: ", "escalated": "Not acknowledged yet: ", "reminded": "Reminder: "}


def test_a_reminder_is_not_taken_for_news() -> None:
    """A jam from 60 s on that nobody takes: the first word is the alert itself, all others begin with what is new."""
    office = Office(("prn1",), (("prn1",),)).until(60)
    office.machines["prn1"].faults = (JAM,)
    office.until(3000)
    told = [each for each in office.told if each.tell]
    assert [each.move for each in told[:3]] == ["raised", "worsened", "escalated"]
    assert told[0].text.startswith("Line ")
    assert {each.move for each in told[1:]} == set(LEADS)
    assert all(each.text.startswith(LEADS[each.move] + "Line ") for each in told[1:])

"""Driving a dialogue over a link: replies are sent into it, failures thrown into it, its return value is the result."""

import pytest

from fleetmon.conversation import converse
from fleetmon.decode.dialogue import Dialogue, Exchange, Get, Walk
from fleetmon.decode.kept import Kept
from fleetmon.errors import GarbledReply, LinkError
from fleetmon.model.words import Silence

from .machines import REPLY, UPTIME, FakeLink
from .virtual import run

ASK = Get((UPTIME,))


def ask_twice() -> Dialogue[int]:
    """Returns how many varbinds two requests brought."""
    first = yield ASK
    second = yield Walk(UPTIME)
    return len(first) + len(second)


def test_the_value_that_a_dialogue_returns_is_the_result() -> None:
    """Two requests, two replies, and the sum of what they held; every exchange is kept in order."""
    kept = Kept(20)
    assert run(converse(ask_twice(), FakeLink(), kept.keep)) == 2
    assert list(kept) == [Exchange(ASK, REPLY), Exchange(Walk(UPTIME), REPLY)]


def test_a_dialogue_may_ask_nothing() -> None:
    """Its result comes without a word on the line."""

    def silent() -> Dialogue[str]:
        return "known already"
        yield ASK

    link = FakeLink()
    assert run(converse(silent(), link)) == "known already"
    assert link.asked == []


def test_only_the_last_exchanges_are_kept() -> None:
    """A bounded deque holds the newest ones."""

    def chatty() -> Dialogue[None]:
        for _ in range(30):
            yield ASK

    kept = Kept(20)
    run(converse(chatty(), FakeLink(), kept.keep))
    assert len(kept) == 20


def test_a_failure_of_the_link_is_raised_inside_the_dialogue_which_may_go_on() -> None:
    """The first request fails: the dialogue catches that, asks another way and returns what it found."""
    replies: list[object] = [LinkError("mute", Silence.TIMEOUT), REPLY]

    def stubborn() -> Dialogue[str]:
        try:
            yield ASK
        except LinkError as error:
            reply = yield Walk(UPTIME)
            return f"{error.why}, then {len(reply)}"
        return "never mute"

    kept = Kept(20)
    link = FakeLink(lambda second: replies.pop(0))  # type: ignore[arg-type,return-value]
    assert run(converse(stubborn(), link, kept.keep)) == "timeout, then 1"
    assert list(kept) == [Exchange(Walk(UPTIME), REPLY)]


def test_a_dialogue_may_take_silence_for_an_answer() -> None:
    """It catches the failure and returns at once: that is the result, not an error."""

    def content() -> Dialogue[str]:
        try:
            yield ASK
        except LinkError:
            return "silence means stopped"
        return "spoke"

    assert run(converse(content(), FakeLink(lambda second: LinkError("mute")))) == "silence means stopped"


@pytest.mark.parametrize("error", [LinkError("gone", Silence.PORT_GONE), GarbledReply("noise")])
def test_a_failure_that_the_dialogue_does_not_catch_ends_the_conversation(error: LinkError) -> None:
    """The link's own error comes out, with its reason, and nothing more is asked."""
    link = FakeLink(lambda second: error)
    with pytest.raises(LinkError) as raised:
        run(converse(ask_twice(), link))
    assert raised.value is error
    assert len(link.asked) == 1


def test_a_dialogue_may_find_a_reply_garbled_itself() -> None:
    """What it raises comes out; the exchange that made it do so is kept."""

    def critic() -> Dialogue[None]:
        yield ASK
        raise GarbledReply("no printer")

    kept = Kept(20)
    with pytest.raises(GarbledReply, match="no printer"):
        run(converse(critic(), FakeLink(), kept.keep))
    assert len(kept) == 1


def test_a_bug_of_the_dialogue_comes_out_as_it_is() -> None:
    """Nothing is hidden here: who polls decides what a bug costs."""

    def buggy() -> Dialogue[None]:
        yield ASK
        raise KeyError("no such column")

    with pytest.raises(KeyError):
        run(converse(buggy(), FakeLink()))

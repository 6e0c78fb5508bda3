"""What each vice does to what a machine sends, on both kinds of lines; every one of them from its seed alone."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fleetmon.simulators.bad_line import BadLine, read_vice
from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.stories.scenario import SCENARIOS, load_scenario
from fleetmon.simulators.stories.staging import staged
from fleetmon.simulators.vices import VICES, Carriage, Vice
from fleetmon.simulators.wires.delivery import Delivery
from hypothesis import given
from hypothesis import strategies as st

DATAGRAMS, STREAM = Carriage.DATAGRAMS, Carriage.STREAM
ANSWERS = [f"answer {number}".encode() for number in range(40)]
BY_CHANCE = [vice for vice in Vice if any(number.name == "share" for number in VICES[vice].numbers)]


def bad(words: str, carriage: Carriage = STREAM, seed: int = 0, clock: Callable[[], float] = lambda: 0.0) -> BadLine:
    """A line with these vices."""
    line = BadLine("m", carriage, clock, seed)
    line.spoil(read_vice(words))
    return line


def arriving(line: BadLine, answers: list[bytes] = ANSWERS, after_s: float = 0.0) -> list[list[Delivery]]:
    """What comes of each of these answers when it is sent."""
    return [line([Delivery(after_s, octets)]) for octets in answers]


def octets(arrivals: list[list[Delivery]]) -> list[bytes]:
    return [each.octets for deliveries in arrivals for each in deliveries]


@pytest.mark.parametrize("vice", Vice)
def test_the_same_seed_does_the_same(vice: Vice) -> None:
    """Two lines of one seed are bad in the same way, octet by octet and to the same moments; another seed is not."""
    carriage = VICES[vice].over[-1]
    chance = f"{vice} share=0.5" if vice in BY_CHANCE else str(vice)
    assert arriving(bad(chance, carriage, 4)) == arriving(bad(chance, carriage, 4))
    if vice in BY_CHANCE or vice is Vice.JITTER:
        assert arriving(bad(chance, carriage, 4)) != arriving(bad(chance, carriage, 5))


@pytest.mark.parametrize("vice", BY_CHANCE)
def test_a_share_of_nothing_is_an_honest_line(vice: Vice) -> None:
    """With share=0 every answer arrives as it was sent."""
    assert octets(arriving(bad(f"{vice} share=0", VICES[vice].over[-1]))) == ANSWERS


@pytest.mark.parametrize("carriage", Carriage)
def test_what_a_machine_says_wrongly(carriage: Carriage) -> None:
    """Garbage has the answer's length, what is broken off its beginning; on every kind of line."""
    garbage = octets(arriving(bad("garbage", carriage)))
    assert [len(each) for each in garbage] == [len(each) for each in ANSWERS]
    assert not set(garbage) & set(ANSWERS)
    cut = octets(arriving(bad("truncated", carriage)))
    assert all(whole.startswith(part) and len(part) < len(whole) for part, whole in zip(cut, ANSWERS, strict=True))
    assert len({len(part) for part in cut}) > 3


def test_octets_that_change_on_the_way_arrive_on_a_serial_line() -> None:
    """A wrong checksum changes the last octets and all of them, noise single bits anywhere; no octet is lost."""
    for sent, came in zip(ANSWERS, octets(arriving(bad("wrong-checksum octets=3"))), strict=True):
        assert came[:-3] == sent[:-3]
        assert all(one != other for one, other in zip(came[-3:], sent[-3:], strict=True))
    sent, heard = b"".join(ANSWERS), b"".join(octets(arriving(bad("noise share=0.2"))))
    flips = [one ^ other for one, other in zip(sent, heard, strict=True)]
    assert {flip.bit_count() for flip in flips} == {0, 1}
    assert 0.1 < sum(map(bool, flips)) / len(flips) < 0.3


def test_a_datagram_that_changed_on_the_way_is_lost() -> None:
    """UDP's checksum finds it: no other octets ever arrive, and those that were not hit do."""
    assert octets(arriving(bad("wrong-checksum", DATAGRAMS))) == []
    came = octets(arriving(bad("noise share=0.05", DATAGRAMS)))
    assert 0 < len(came) < len(ANSWERS)
    assert set(came) < set(ANSWERS)


def test_the_answer_before_and_two_in_one() -> None:
    """Late gives each question the answer to the one before; glued lets every other one wait for the next."""
    silence: list[list[Delivery]] = [[]]
    assert arriving(bad("late")) == silence + [[Delivery(0.0, octets)] for octets in ANSWERS[:-1]]
    pairs = [one + other for one, other in zip(ANSWERS[::2], ANSWERS[1::2], strict=True)]
    assert octets(arriving(bad("glued"))) == pairs
    late = bad("late")
    assert (late([Delivery(0, b"1")]), late([]), late([Delivery(0, b"2")])) == ([], [], [Delivery(0, b"1")])


def test_who_is_late_with_an_answer_is_late_with_it_for_whoever_asked() -> None:
    """An agent that is asked by two gives each his own answers, however long it holds them back."""
    late, one, other = bad("late", DATAGRAMS), Delivery(0.0, b"1", to=("one", 1)), Delivery(0.0, b"2", to=("other", 2))
    assert [late([one]), late([other]), late([one])] == [[], [one], [other]]


def test_what_comes_later_or_not_at_all() -> None:
    """Slow and jitter add to what the machine takes by itself; loss takes about its share; mute takes all."""
    assert {each.after_s for [each] in arriving(bad("slow seconds=4.9"), after_s=0.1)} == {5.0}
    delays = [each.after_s for [each] in arriving(bad("jitter seconds=2"))]
    assert 0 <= min(delays) < 0.5 < 1.5 < max(delays) <= 2
    assert 5 < len(octets(arriving(bad("loss share=0.5")))) < 35
    assert octets(arriving(bad("mute"))) == []
    assert octets(arriving(bad("duplicate"))) == [each for octets in ANSWERS for each in (octets, octets)]
    assert octets(arriving(bad("duplicate joined=1"))) == [2 * octets for octets in ANSWERS]


def test_one_octet_at_a_time() -> None:
    """All of them come, in order, each its seconds after the one before; the machine hangs up after the last alone."""
    line = bad("one-byte seconds=0.5")
    assert line([Delivery(1.0, b"abc", hang_up=True)]) == [
        Delivery(1.0, b"a"),
        Delivery(1.5, b"b"),
        Delivery(2.0, b"c", hang_up=True),
    ]
    assert line([Delivery(0.0, b"", hang_up=True)]) == [Delivery(0.0, b"", hang_up=True)]


def test_a_talk_that_ends() -> None:
    """Hang-up ends it within an answer and nothing follows; busy says nothing at all, or ends it at once."""
    [last] = bad("hang-up")([Delivery(0.0, b"first"), Delivery(0.0, b"second")])
    assert last.hang_up
    assert b"first".startswith(last.octets)
    assert bad("busy")([Delivery(0.0, b"answer")]) == []
    assert bad("busy refuses=1")([]) == [Delivery(0.0, b"", hang_up=True)]


def test_a_line_that_comes_and_goes() -> None:
    """There for `up` seconds of the machine's own time from when it began, gone for `down`, and so on."""
    now = 100.0
    line = bad("flapping up=10 down=5", clock=lambda: now)
    there = []
    for second in range(45):
        now = 100.5 + second
        there.append(bool(line([Delivery(0.0, b"answer")])))
    assert there == ([True] * 10 + [False] * 5) * 3


def test_several_at_once_act_in_a_fixed_order() -> None:
    """Whatever order they are named in: doubled first, then lost, then late."""
    words = "slow seconds=2 loss share=0.5 duplicate"
    line, other = bad(words), bad("duplicate, loss share=0.5, slow seconds=2")
    came = arriving(line)
    assert came == arriving(other)
    assert {each.after_s for deliveries in came for each in deliveries} == {2.0}
    assert {len(deliveries) for deliveries in came} == {0, 1, 2}
    assert list(line.vices.each) == [Vice.DUPLICATE, Vice.LOSS, Vice.SLOW]


def test_one_more_vice_leaves_the_others_their_dice() -> None:
    """A line that loses some answers loses the same ones when it becomes slow as well, also in the midst of it."""
    alone = octets(arriving(bad("loss share=0.5")))
    assert octets(arriving(bad("loss share=0.5, slow"))) == alone
    line = bad("loss share=0.5")
    first = octets(arriving(line, ANSWERS[:20]))
    line.spoil(read_vice("loss share=0.5, slow"))
    assert first + octets(arriving(line, ANSWERS[20:])) == alone


def test_a_mended_line_is_honest() -> None:
    """Off takes everything off, and what was kept back is gone."""
    line = bad("late, mute")
    arriving(line)
    line.spoil(read_vice("off"))
    assert octets(arriving(line)) == ANSWERS
    assert str(line.vices) == "off"


@pytest.mark.parametrize("vice", [vice for vice in Vice if DATAGRAMS not in VICES[vice].over])
def test_what_cannot_befall_a_datagram_says_so(vice: Vice) -> None:
    """And the line stays as it was."""
    line = bad("mute", DATAGRAMS)
    with pytest.raises(BadInput, match=rf"{vice} does not apply to m, which answers in datagrams; it is for streams"):
        line.spoil(read_vice(f"{vice}, loss"))
    assert str(line.vices) == "mute"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("lsos", "no vice is named 'lsos'; there are: garbage, .*mute, off; did you mean loss?"),
        ("", "no vice is named ''; there are: garbage"),
        ("off mute", "off takes all vices from a line"),
        ("loss shar=1", "loss has no number 'shar'; allowed: share"),
        ("late share=1", "late has no number 'share'; allowed: none"),
        ("loss share=1.01", "loss: share must be from 0 to 1, it is 1.01"),
        ("slow seconds=-1", "slow: seconds must be from 0 to 600, it is -1"),
        ("slow seconds=nan", "slow: seconds must be from 0 to 600, it is nan"),
        ("slow seconds=much", "seconds: 'much' is no number"),
        ("share=0.5 loss", "'share=0.5': a number belongs behind its vice"),
        ("reboot", "reboot befalls the machine, not its line"),
    ],
)
def test_a_bad_word_is_named_with_what_is_allowed(words: str, complaint: str) -> None:
    """Before anything is done to any line."""
    with pytest.raises(BadInput, match=complaint):
        read_vice(words)


@given(
    st.dictionaries(st.sampled_from(Vice), st.floats(0, 1), max_size=6).map(
        lambda wished: ", ".join(
            f"{vice} {number.name}={max(least, number.least):g}"
            for vice, least in wished.items()
            for number in VICES[vice].numbers[:1]
        )
    )
)
def test_vices_are_written_as_they_are_read(words: str) -> None:
    """What a line says of itself makes another line just as bad."""
    vices = read_vice(words or "off")
    assert read_vice(str(vices)) == vices


@given(st.text(max_size=30))
def test_any_text_is_vices_or_bad_input(words: str) -> None:
    """Never another exception."""
    with suppress(BadInput):
        assert read_vice(words).each.keys() <= set(Vice)


@given(
    vices=st.sets(st.sampled_from(Vice)),
    carriage=st.sampled_from(Carriage),
    sent=st.lists(st.lists(st.builds(Delivery, st.floats(0, 5), st.binary(max_size=50), st.booleans()), max_size=3)),
)
def test_no_combination_makes_something_of_nothing(
    vices: set[Vice], carriage: Carriage, sent: list[list[Delivery]]
) -> None:
    """Any vices at once, any deliveries: never sooner than the machine answered, nor more than twice what it said."""
    line = BadLine("m", carriage, lambda: 0.0)
    line.spoil(read_vice(" ".join(vices) or "off").over(carriage))
    came = [each for deliveries in sent for each in line(deliveries)]
    assert sum(len(each.octets) for each in came) <= 2 * sum(len(each.octets) for all_ in sent for each in all_)
    assert all(each.after_s >= 0 for each in came)


def test_a_scenario_is_refused_whose_vice_cannot_befall_its_machine(tmp_path: Path) -> None:
    """When it is loaded, and not in the middle of its day; on all lines it befalls whom it can."""
    text = (SCENARIOS / "sick_links.toml").read_text().replace('vice = "slow"', 'vice = "one-byte"')
    file = tmp_path / "bytes.toml"
    file.write_text(text.replace("seconds = 4", "seconds = 0.5"))
    with pytest.raises(BadInput, match=r"bytes.toml: link: vice: one-byte does not apply to prn-1, .*for streams"):
        staged(load_scenario(str(file)), 1)
    file.write_text(text.replace("seconds = 4", "seconds = 0.5").replace('machine = "prn-1"', 'machine = "all"'))
    assert staged(load_scenario(str(file)), 1).now == 0

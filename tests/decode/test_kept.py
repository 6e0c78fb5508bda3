"""What is kept of a conversation is given back as it was."""

from hypothesis import given
from hypothesis import strategies as st

from fleetmon.decode.dialogue import Exchange, Get, Varbind, Walk
from fleetmon.decode.kept import Kept

OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(tuple)
VALUES = st.none() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=300) | OIDS
REPLIES = st.lists(st.builds(Varbind, OIDS, st.integers(0, 255), VALUES), max_size=12).map(tuple)
REQUESTS = st.builds(Walk, OIDS) | st.builds(Get, st.lists(OIDS, max_size=5).map(tuple))


@given(st.lists(st.builds(Exchange, REQUESTS, REPLIES), max_size=8), st.integers(1, 5))
def test_the_last_exchanges_are_given_back(exchanges: list[Exchange], most: int) -> None:
    """Oldest first, any value a machine may say, and no more than asked for."""
    kept = Kept(most)
    for exchange in exchanges:
        kept.keep(exchange.request, exchange.reply)
    assert list(kept) == exchanges[-most:]
    assert len(kept) == min(most, len(exchanges))

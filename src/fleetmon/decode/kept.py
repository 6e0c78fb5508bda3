"""The last exchanges with one machine, kept small.

Somebody who asks why a machine is shown as it is wants to see what it said, word for word; that is rare, and the first
meeting alone has a hundred and more rows. So what is kept is packed, and unpacked for whoever looks; and what another
machine said word for word (most of all that a table is empty) is kept once for both.
"""

import marshal
import zlib
from collections.abc import Iterator
from functools import lru_cache

from fleetmon.decode.dialogue import Exchange, Get, Varbind, Walk


class Kept:
    """At most `most` exchanges, oldest first."""

    __slots__ = ("_most", "_packed")

    def __init__(self, most: int) -> None:
        self._most = most
        self._packed: tuple[bytes, ...] = ()

    def append(self, exchange: Exchange) -> None:
        """Keep one more; the oldest goes when there are too many."""
        request = exchange.request
        asked = request.oids if isinstance(request, Get) else request.root
        plain = (isinstance(request, Get), asked, [tuple(varbind) for varbind in exchange.reply])
        self._packed = (*self._packed, _same(zlib.compress(marshal.dumps(plain), 1)))[-self._most :]

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[Exchange]:
        for packed in self._packed:
            is_get, asked, reply = marshal.loads(zlib.decompress(packed))  # noqa: S302 - our own bytes, of this process
            yield Exchange(Get(asked) if is_get else Walk(asked), tuple(Varbind(*each) for each in reply))


@lru_cache(maxsize=256)
def _same(packed: bytes) -> bytes:
    return packed

"""The last exchanges with one machine, kept small.

Somebody who asks why a machine is shown as it is wants to see what it said, word for word; that is rare, and the first
meeting alone has a hundred and more rows. So what is kept is packed, and unpacked for whoever looks; and what another
machine said word for word (most of all that a table is empty) is kept once for both.
"""

import marshal
import zlib
from collections.abc import Iterator
from functools import lru_cache

from fleetmon.decode.dialogue import Answer, Ask, Exchange, Get, Reply, Request, Spoken, Varbind, Walk


class Kept:
    """At most `most` exchanges, oldest first."""

    __slots__ = ("_most", "_packed")

    def __init__(self, most: int) -> None:
        self._most = most
        self._packed: tuple[bytes, ...] = ()

    def keep(self, request: Request | Ask, reply: Reply | Answer) -> None:
        """Keep one more; the oldest goes when there are too many."""
        plain: tuple[object, ...]
        if isinstance(request, Ask) or isinstance(reply, Answer):
            asked, came = (each.octets if isinstance(each, Ask | Answer) else b"" for each in (request, reply))
            plain = ("line", asked, came)
        elif isinstance(request, Get):
            plain = ("get", request.oids, [tuple(varbind) for varbind in reply])
        else:
            plain = ("walk", request.root, [tuple(varbind) for varbind in reply])
        self._packed = (*self._packed, _same(zlib.compress(marshal.dumps(plain), 1)))[-self._most :]

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[Exchange | Spoken]:
        for packed in self._packed:
            kind, asked, reply = marshal.loads(zlib.decompress(packed))  # noqa: S302 - our own bytes, of this process
            if kind == "line":
                yield Spoken(asked, reply)
            else:
                request = Get(asked) if kind == "get" else Walk(asked)
                yield Exchange(request, tuple(Varbind(*each) for each in reply))


@lru_cache(maxsize=256)
def _same(packed: bytes) -> bytes:
    return packed

"""Where one JSON object ends in a stream of bytes, so that a service can answer before its client has hung up."""

from collections.abc import Iterator

_LONGEST = 65536
_SPACE = b" \t\r\n"
_OPENING = b"{["


class JsonStream:
    """Collects objects. How they were cut makes no difference, and what cannot become one is handed out at once."""

    def __init__(self) -> None:
        self._skipping = False
        self._begin()

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Each whole object, and of everything between two that is none the first octet."""
        for octet in octets:
            if not self._heard and (octet in _SPACE or (self._skipping and octet not in _OPENING)):
                continue
            self._heard.append(octet)
            self._count(octet)
            if self._depth <= 0 or len(self._heard) >= _LONGEST:
                whole = bytes(self._heard)
                self._skipping = whole[0] not in _OPENING
                self._begin()
                yield whole

    def _begin(self) -> None:
        self._heard = bytearray()
        self._depth = 0
        self._in_text = self._escaped = False

    def _count(self, octet: int) -> None:
        if self._in_text:
            self._in_text = self._escaped or octet != 0x22
            self._escaped = octet == 0x5C and not self._escaped
        elif octet == 0x22:
            self._in_text = self._depth > 0
        elif octet in _OPENING:
            self._depth += 1
        elif octet in b"}]":
            self._depth -= 1

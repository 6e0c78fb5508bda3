"""Where one JSON object ends in a stream of bytes, so that a service can answer before its client has hung up."""

_LONGEST = 65536
_SPACE = b" \t\r\n"


class JsonStream:
    """Collects one object. How it was cut makes no difference, and what cannot become one is handed out at once."""

    def __init__(self) -> None:
        self._begin()

    def feed(self, octets: bytes) -> bytes | None:
        """The first whole object, or what is certainly none; None while it may yet become one. What follows is lost."""
        for octet in octets:
            if not self._heard and octet in _SPACE:
                continue
            self._heard.append(octet)
            self._count(octet)
            if self._depth <= 0 or len(self._heard) >= _LONGEST:
                whole = bytes(self._heard)
                self._begin()
                return whole
        return None

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
        elif octet in b"{[":
            self._depth += 1
        elif octet in b"}]":
            self._depth -= 1

"""Many small numbers in few letters, as records keep them: zlib (RFC 1950) in base85."""

import base64
import zlib


def packed(data: bytes) -> str:
    """As text that any record can hold."""
    return base64.b85encode(zlib.compress(data, 9)).decode("ascii")


def unpacked(text: str, octets: int) -> bytes:
    """So many octets, or fewer if there are no more: a record that grew wrong must not fill the memory.

    Raises ValueError of a text that nobody packed.
    """
    try:
        return zlib.decompressobj().decompress(base64.b85decode(text), max(1, octets))[:octets]
    except zlib.error as error:
        raise ValueError(f"not packed numbers: {error}") from error

"""Checks computed as their definitions say, bit by bit, and framings to try them in."""

from hypothesis import strategies as st
from pydantic import ValidationError
from tests.decode.framing.arriving import framing

from fleetmon.definition.framing import AnyFraming, Check

MARKS = [b"\x02", b"\x03", b"\x10", b"\x15", b"\r", b"\n", b"A", b"0", b"\x02\x03", b"\r\n", b"\x10\x03", b"00"]
# as the catalogue of parametrised CRC algorithms has them: bits, polynomial, initial, reflected, final xor, check
CATALOGUE = {
    "crc-8": (8, 0x07, 0x00, False, 0x00, 0xF4),
    "crc-16/arc": (16, 0x8005, 0x0000, True, 0x0000, 0xBB3D),
    "crc-16/modbus": (16, 0x8005, 0xFFFF, True, 0x0000, 0x4B37),
    "crc-16/ccitt-false": (16, 0x1021, 0xFFFF, False, 0x0000, 0x29B1),
    "crc-16/xmodem": (16, 0x1021, 0x0000, False, 0x0000, 0x31C3),
    "crc-16/kermit": (16, 0x1021, 0x0000, True, 0x0000, 0x2189),
    "crc-32": (32, 0x04C11DB7, 0xFFFFFFFF, True, 0xFFFFFFFF, 0xCBF43926),
}


def crc(octets: bytes, bits: int, polynomial: int, initial: int, reflected: bool, final_xor: int) -> int:
    """A CRC by the long division that it is: one bit after the other, nothing prepared."""
    register = initial
    for octet in octets:
        for place in range(8):
            bit = octet >> (place if reflected else 7 - place) & 1
            out = register >> (bits - 1) & 1
            register = register << 1 & (1 << bits) - 1
            if bit ^ out:
                register ^= polynomial
    if reflected:
        register = sum((register >> place & 1) << (bits - 1 - place) for place in range(bits))
    return register ^ final_xor


def number(check: Check, octets: bytes) -> int:
    """The check as a number."""
    size = 1 << check.bits
    if check.kind == "xor":
        found = 0
        for octet in octets:
            found ^= octet
        return found
    if check.kind == "crc":
        return crc(octets, check.bits, check.polynomial, check.initial, check.reflected, check.final_xor)
    if check.kind in CATALOGUE:
        return crc(octets, *CATALOGUE[check.kind][:5])
    total = sum(octets) % size
    return {"sum": total, "ones-complement": size - 1 - total, "twos-complement": -total % size}[check.kind]


def _check(said: dict[str, object]) -> dict[str, object] | None:
    """What is left of it once what does not belong to its kind is taken away."""
    kept = dict(said)
    if said["kind"] != "crc":
        for word in ("polynomial", "initial", "reflected", "final_xor"):
            kept.pop(word)
    if said["kind"] not in ("sum", "ones-complement", "twos-complement", "crc"):
        kept.pop("bits")
    if said["form"] == "decimal":
        kept.pop("order")
    try:
        Check.model_validate(kept)
    except ValidationError:
        return None
    return kept


CHECKS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["xor", "sum", "ones-complement", "twos-complement", "crc", *CATALOGUE]),
        "bits": st.sampled_from([8, 16, 32]),
        "polynomial": st.integers(1, 0xFF).map(lambda n: n | 1),
        "initial": st.integers(0, 0xFF),
        "reflected": st.booleans(),
        "final_xor": st.integers(0, 0xFF),
        "of": st.sampled_from(["content", "content+end", "start+content", "start+content+end"]),
        "form": st.sampled_from(["binary", "hex", "HEX", "decimal"]),
        "order": st.sampled_from(["big", "little"]),
    }
).map(_check)  # fmt: skip
_MARK = st.sampled_from(MARKS)
_START = st.one_of(st.just(b""), _MARK)
_MAYBE = st.one_of(st.none(), CHECKS.filter(bool))


def _framing(said: dict[str, object]) -> AnyFraming | None:
    try:
        return framing(said)
    except ValidationError:
        return None


def _placed(check: dict[str, object] | None, place: str) -> dict[str, object] | None:
    return check and {**check, "place": place}


DELIMITED = st.builds(
    lambda start, ends, check, place, after, escape, skip: _framing(
        {"kind": "delimited", "start": start, "end": ends, "check": _placed(check, place), "after": after,
         "escape": escape, "skip_empty": skip}
    ),
    _START, st.lists(_MARK, min_size=1, max_size=3, unique=True), _MAYBE, st.sampled_from(["after-end", "before-end"]),
    _START, st.sampled_from([b"", b"", b"\x10", b"A"]), st.booleans(),
).filter(bool)  # fmt: skip
FIXED = st.builds(
    lambda length, start, check: _framing({"kind": "fixed", "length": length, "start": start, "check": check}),
    st.integers(1, 24), _START, _MAYBE,
).filter(bool)  # fmt: skip
COUNTED = st.builds(
    lambda start, before, size, form, order, counts, each, add, check, end, numbered, place: _framing(
        {"kind": "length-prefixed", "start": start, "before": before, "size": size, "form": form, "order": order,
         "counts": counts, "each": each, "add": add, "end": end,
         "check": check and {**check, "place": place,
                             "of": check["of"].replace("start", "number") if numbered else check["of"]}}
    ),
    _START, st.integers(0, 2), st.integers(1, 4), st.sampled_from(["binary", "hex", "decimal"]),
    st.sampled_from(["big", "little"]), st.sampled_from(["content", "rest", "frame"]), st.sampled_from([1, 1, 2, 4]),
    st.integers(-3, 3), _MAYBE, _START, st.booleans(), st.sampled_from(["after-end", "before-end"]),
).filter(bool)  # fmt: skip
QUIET = st.sampled_from([framing("until-quiet"), framing("until-close")])
FRAMINGS: st.SearchStrategy[AnyFraming] = st.one_of(DELIMITED, FIXED, COUNTED, QUIET)
CONTENT = st.one_of(st.binary(max_size=24), st.lists(_MARK, max_size=12).map(b"".join), st.just(b"123456789"))
"""Octets of all kinds; many of them are marks."""

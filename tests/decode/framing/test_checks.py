"""Checks against the catalogue of parametrised CRC algorithms and against computations that share nothing with them."""

import binascii
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.framing.independent import CATALOGUE, CHECKS, number

from fleetmon.decode.framing.checks import check_octets, proven
from fleetmon.definition.framing import Check

DIGITS = b"123456789"


@pytest.mark.parametrize("kind", CATALOGUE)
def test_each_named_crc_makes_of_the_nine_digits_what_the_catalogue_says(kind):
    """The catalogue identifies an algorithm by its check value."""
    bits, *_, value = CATALOGUE[kind]
    assert check_octets(Check(kind=kind), DIGITS) == value.to_bytes(bits // 8)


# entries of the catalogue that have no name here: CRC-8/MAXIM-DOW, CRC-8/DARC, CRC-16/RIELLO, CRC-16/GENIBUS,
# CRC-16/DNP, CRC-16/USB, CRC-32/BZIP2, CRC-32/XFER
@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"bits": 8, "polynomial": 0x31, "reflected": True}, 0xA1),
        ({"bits": 8, "polynomial": 0x39, "reflected": True}, 0x15),
        ({"bits": 16, "polynomial": 0x1021, "initial": 0xB2AA, "reflected": True}, 0x63D0),
        ({"bits": 16, "polynomial": 0x1021, "initial": 0xFFFF, "final_xor": 0xFFFF}, 0xD64E),
        ({"bits": 16, "polynomial": 0x3D65, "reflected": True, "final_xor": 0xFFFF}, 0xEA82),
        ({"bits": 16, "polynomial": 0x8005, "initial": 0xFFFF, "reflected": True, "final_xor": 0xFFFF}, 0xB4C8),
        ({"bits": 32, "polynomial": 0x04C11DB7, "initial": 0xFFFFFFFF, "final_xor": 0xFFFFFFFF}, 0xFC891918),
        ({"bits": 32, "polynomial": 0x000000AF}, 0xBD0BE338),
    ],
)
def test_a_crc_that_has_no_name_is_said_by_its_numbers(said, value):
    """With the numbers of the catalogue the catalogue's check value comes out."""
    assert check_octets(Check(kind="crc", **said), DIGITS) == value.to_bytes(said["bits"] // 8)


@given(CHECKS.filter(bool), st.binary(max_size=80))
def test_every_check_is_what_its_definition_computes(said, octets):
    """Computed bit by bit, from the definition, it is the same number, in every form."""
    check = Check.model_validate(said)
    found = check_octets(check, octets)
    assert len(found) == check.width
    if check.form == "decimal":
        assert int(found) == number(check, octets)
        return
    plain = found if check.form == "binary" else bytes.fromhex(found.decode())
    assert int.from_bytes(plain, check.order) == number(check, octets)
    if check.form != "binary":
        assert found == (found.upper() if check.form == "HEX" else found.lower())


@given(st.binary(max_size=200))
def test_the_crcs_of_the_standard_library_agree(octets):
    """zlib and binascii hold two of the algorithms."""
    assert check_octets(Check(kind="crc-32"), octets) == zlib.crc32(octets).to_bytes(4)
    assert check_octets(Check(kind="crc-16/xmodem"), octets) == binascii.crc_hqx(octets, 0).to_bytes(2)
    assert check_octets(Check(kind="crc-16/ccitt-false"), octets) == binascii.crc_hqx(octets, 0xFFFF).to_bytes(2)


@pytest.mark.parametrize(
    ("said", "octets", "written"),
    [
        ({"kind": "xor"}, b"S1\x03", b"a"),
        ({"kind": "sum", "form": "HEX"}, b"05S\x03", b"BB"),
        ({"kind": "sum", "form": "decimal"}, b"\x05", b"005"),
        ({"kind": "sum", "bits": 16, "form": "decimal"}, b"\x05", b"00005"),
        ({"kind": "sum", "bits": 16, "form": "hex", "order": "little"}, b"\xff\x0b", b"0a01"),
        ({"kind": "twos-complement", "form": "HEX"}, bytes.fromhex("070208000001"), b"EE"),
        ({"kind": "ones-complement"}, b"\x01\x02", b"\xfc"),
        ({"kind": "crc-16/modbus", "order": "little"}, bytes.fromhex("010320000001"), b"\x8f\xca"),
        ({"kind": "sum"}, b"", b"\0"),
    ],
)
def test_checks_stand_in_a_frame_as_manuals_print_them(said, octets, written):
    """Form and order of the check octets."""
    assert check_octets(Check.model_validate(said), octets) == written


def test_hexadecimal_digits_prove_in_either_case_and_nothing_else_is_a_digit():
    """A machine that writes small letters proves the same number; a sign or a blank does not."""
    check = Check(kind="sum", form="HEX")
    assert proven(check, b"05S\x03", b"bb")
    assert proven(check, b"05S\x03", b"bB")
    for wrong in (b" B", b"+B", b"0B", b"B", b"0BB", b""):
        assert not proven(check, b"\x0b" if wrong.strip(b" +0") == b"B" and len(wrong) > 2 else b"05S\x03", wrong)
    assert not proven(check, b"\x0b", b" B")
    assert not proven(check, b"\x0b", b"+B")
    assert proven(check, b"\x0b", b"0b")

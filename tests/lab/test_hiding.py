"""Where secrets hide in what machines say, and what must not be taken for one: row by row what was found by attacking.

Each row is what a machine says (with which secret), and what may and may not be left of it.
"""

import time

import pytest

from fleetmon import catalog
from fleetmon.decode.dialogue import Reply, Varbind
from fleetmon.decode.printer_mib import mib
from fleetmon.lab.records.redaction import Redactor, Secret
from fleetmon.model.oid import Oid

DRIVERS = catalog.load()
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
DESCR: Oid = (*SYSTEM, 1, 0)
CONTACT: Oid = (*SYSTEM, 4, 0)
NAME: Oid = (*SYSTEM, 5, 0)
PLACE: Oid = (*SYSTEM, 6, 0)
MODEL: Oid = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 3, 1)
SERIAL: Oid = (*mib.GENERAL, mib.SERIAL_NUMBER, 1)
NICKNAME: Oid = (*mib.GENERAL, mib.PRINTER_NAME, 1)
CONSOLE: Oid = (*mib.CONSOLE, mib.CONSOLE_TEXT, 1, 1)
ALERT: Oid = (*mib.ALERT, mib.ALERT_DESCRIPTION, 1, 1)
MAC: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 6, 1)
TEXT: Oid = (1, 3, 6, 1, 4, 1, 32473, 9, 1)
OTHER: Oid = (1, 3, 6, 1, 4, 1, 32473, 9, 2)
OCTETS, INTEGER, COUNTER, GAUGE = 4, 2, 65, 66


def told(*reply: Varbind, redactor: Redactor | None = None) -> list[object]:
    """What is left of these answers."""
    redactor = redactor or Redactor(b"key", DRIVERS.definitions)
    redactor.hear(reply)
    return [each.value for each in redactor.reply(reply)]


def said(text: bytes, oid: Oid = TEXT) -> Varbind:
    return Varbind(oid, OCTETS, text)


@pytest.mark.parametrize(
    ("reply", "secrets"),
    [
        pytest.param((said(b"Toner, PN 006R01509;SN48178080E0000481"),), [b"48178080E0000481"], id="sn-glued-to-it"),
        pytest.param((said(b"Seriennummer: AB12345"),), [b"AB12345"], id="sn-in-german"),
        pytest.param((said(b"MULTI-ENVIRONMENT,SN:AAA,FN:1G11F33"),), [b"1G11F33"], id="formatter-board"),
        pytest.param((said(b"AB 12-34.56", SERIAL), said(b"is AB123456")), [b"AB123456"], id="serial-without-marks"),
        pytest.param((said(b"0012345678", SERIAL), said(b"is 12345678")), [b"12345678"], id="serial-without-zeros"),
        pytest.param((said(b"ABC12345\r\n", SERIAL), said(b"is xABC12345")), [b"ABC12345"], id="serial-and-newline"),
        pytest.param((said(b"Server is 192.168.7.1."),), [b"192.168.7.1"], id="address-ends-a-sentence"),
        pytest.param(
            (Varbind(TEXT, 0x40, bytes((192, 0, 2, 7))), said(b"172000021192.0.2.7...")), [b"192.0.2.7"], id="glued"
        ),
        pytest.param((said(b"at fe80::1 or fd00::25"),), [b"fe80::1", b"fd00::25"], id="short-ipv6"),
        pytest.param((said(b"Linux netbotzD9BAF5 2.6.12 #307", DESCR),), [b"netbotz", b"D9BAF5"], id="uname"),
        pytest.param(
            (said(bytes.fromhex("008077d9baf5"), MAC), said(b"NPID9BAF5 nPid9baf5")), [b"d9baf5"], id="end-of-a-mac"
        ),
        pytest.param((said(b"MAC Address: 008077D9BAF5"),), [b"008077d9baf5"], id="mac-without-marks"),
        pytest.param((said(b"0080.77d9.baf5"),), [b"0080.77d9.baf5"], id="mac-with-dots"),
        pytest.param((said(b"http://prn7.amt.example/x"),), [b"prn7", b"amt"], id="url"),
        pytest.param((said(b"SSID=Konsulat, user: uioea"),), [b"konsulat", b"uioea"], id="called-so"),
        pytest.param((said(b"call +49 30 1234567 now"),), [b"1234567"], id="telephone"),
        pytest.param(
            (said(b"aiue7.konsulat.example", NAME), said(b"AIUE7 in KONSULAT")), [b"aiue7", b"konsulat"], id="labels"
        ),
        pytest.param(
            (said(b"Konsulat Lagos, Raum 7", PLACE), said(b"LAGOS")), [b"lagos", b"raum"], id="words-of-place"
        ),
        pytest.param((said(b"Job of UIOEA AEIOU stopped", ALERT),), [b"uioea", b"aeiou"], id="alert"),
        pytest.param((said(b"Printing C01X00T47", ALERT),), [b"c01x00t47"], id="document-number"),
    ],
)
def test_it_is_found(reply: Reply, secrets: list[bytes]) -> None:
    """Neither in its place nor elsewhere, in small letters or capitals."""
    left = b"\n".join(value for value in told(*reply) if isinstance(value, bytes)).lower()
    assert not [secret for secret in secrets if secret.lower() in left], left


@pytest.mark.parametrize(
    ("secret", "others"),
    [
        (said(b"READY", SERIAL), (said(b"READY", CONSOLE), said(b"Ready for paper", ALERT))),
        (said(b"12", SERIAL), (said(b"V12.12"), Varbind(OTHER, INTEGER, 12))),
        (said(b"1234", SERIAL), (said(b"ODO 912345 INCHES"), Varbind(OTHER, INTEGER, 1234))),
        (said(b"0000000000", SERIAL), (said(b"00000000000000000003"), Varbind(OTHER, INTEGER, 0))),
        (Varbind(SERIAL, INTEGER, 0), (said(b"0"), Varbind(OTHER, INTEGER, 0))),
        (Varbind(SERIAL, INTEGER, 4), (said(b"4444"), Varbind(OTHER, INTEGER, 4))),
        (Varbind(SERIAL, INTEGER, 7654321), (Varbind(OTHER, COUNTER, 7654321),)),
        (said(b"", SERIAL), (said(b"anything"),)),
        (said(b"Tray", PLACE), (said(b"Tray 1 open", CONSOLE),)),
        (said(b"printer", CONTACT), (said(b"the printer is ready"),)),
        (said(b"Printer", NICKNAME), (said(b"printer ready", CONSOLE),)),
    ],
)
def test_what_is_no_secret_is_left(secret: Varbind, others: Reply) -> None:
    """A serial number that is a word of the trade, short, nought or empty is hidden where it stands and harms nothing
    else."""
    assert told(secret, *others)[1:] == [each.value for each in others]
    assert secret.value in (b"", b"Printer") or told(secret)[0] != secret.value


@pytest.mark.parametrize("tag", [INTEGER, COUNTER, GAUGE])
def test_a_serial_number_that_is_a_number_is_hidden_whatever_its_type(tag: int) -> None:
    """And found again where it stands as text or as another whole number; it stays within 32 bits."""
    place, text, number = told(
        Varbind(SERIAL, tag, 4_294_967_290), said(b"4294967290"), Varbind(OTHER, GAUGE, 4_294_967_290)
    )
    assert isinstance(place, int)
    assert place != 4_294_967_290
    assert place < 2**32
    assert text == b"%d" % place
    assert number == place


def test_the_model_stays() -> None:
    """It is what a bug report is about: a machine whose name is still its model's, and one that was named."""
    model = said(b"HP LaserJet 500 color M551", MODEL)
    assert told(model, said(b"HP LaserJet 500 color M551", NICKNAME), said(b"x500 M551", NAME)) == [
        b"HP LaserJet 500 color M551",
        b"HP LaserJet 500 color M551",
        told(model, said(b"x500 M551", NAME))[1],
    ]
    named = told(model, said(b"uioea-M551", NAME), said(b"HP LaserJet 500 color M551 uioea", DESCR))
    assert isinstance(named[1], bytes)
    assert named[1].endswith(b"-M551")
    assert b"uioea" not in b"".join(value for value in named if isinstance(value, bytes))


def test_a_serial_number_within_the_model_s_text_is_hidden() -> None:
    """Some makers write it there."""
    descr, name, _ = told(
        said(b"Acme MX611dhe 7016200201D2X LW60.SB2", MODEL),
        said(b"ET7016200201D2X", NAME),
        said(b"7016200201D2X", SERIAL),
    )
    assert isinstance(descr, bytes)
    assert isinstance(name, bytes)
    assert b"7016200201D2X" not in descr + name
    assert descr.startswith(b"Acme MX611dhe ")


def test_letters_that_stand_alone_have_no_pseudonym_of_their_own() -> None:
    """Else a spaced or 16-bit text would be a cipher in which each letter always means the same."""
    (spaced,) = told(said(b"A E A E A E A E A E", CONSOLE))
    assert isinstance(spaced, bytes)
    assert len(set(spaced.split())) > 2


def test_whom_a_link_names_is_hidden_however_short() -> None:
    """An error's text names host and user; a host called `printer` is hidden there, and only there."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    for secret, word in ((Secret.ADDRESSES, "printer"), (Secret.CREDENTIALS, "bob"), (Secret.ADDRESSES, "192.0.2.7")):
        redactor.learn(secret, word)
    text = redactor.words("no answer from printer (192.0.2.7) port 161 to SNMPv3 user bob")
    assert not any(word in text for word in ("printer", "bob", "192.0.2.7"))
    assert text.startswith("no answer from ")
    assert told(said(b"the printer is bobbing"), redactor=redactor) == [b"the printer is bobbing"]


def test_a_loopback_address_that_is_asked_is_no_secret() -> None:
    """Its octets, and those of no address at all, stand in many a value."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    redactor.learn(Secret.ADDRESSES, "0.0.0.0")
    redactor.learn(Secret.ADDRESSES, "127.0.0.1")
    assert told(said(b"\0\0\0\0"), said(b"\x7f\0\0\1"), redactor=redactor) == [b"\0\0\0\0", b"\x7f\0\0\1"]


def test_names_that_pass_by_do_not_pile_up() -> None:
    """Each document shows another holder: a thousand of them cost no more at the end than at the beginning."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    letters = "AEIOU"

    def show(number: int) -> float:
        name = "".join(letters[number // 5**place % 5] for place in range(8))
        begun = time.process_time()
        left = told(said(f"Printing {name} {name[::-1]}".encode(), CONSOLE), said(name.encode()), redactor=redactor)
        assert name.encode() not in b"\n".join(value for value in left if isinstance(value, bytes))
        return time.process_time() - begun

    costs = [show(number) for number in range(1, 200)]
    assert sum(costs[-50:]) < 20 * sum(costs[20:70]) + 1.0
    assert len(redactor._forms._known) < 100


def test_a_machine_of_a_thousand_addresses_is_hidden_in_time() -> None:
    """They are hidden in their places; looked for elsewhere are the first and the latest of them."""
    redactor = Redactor(b"key", DRIVERS.definitions)
    places = tuple(Varbind((*MAC[:-1], row), OCTETS, b"\x02ab" + row.to_bytes(3)) for row in range(1, 1001))
    redactor.hear(places)
    begun = time.process_time()
    left = told(said(b"Toner low"), said(b"at 02:61:62:00:00:01"), redactor=redactor)
    assert left[0] == b"Toner low"
    assert left[1] != b"at 02:61:62:00:00:01"
    assert time.process_time() - begun < 5
    assert len(redactor._forms._known) < 200

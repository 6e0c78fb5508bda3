"""Certificates are judged at the desk, before a broker refuses them without a word."""

import time
from pathlib import Path

import pytest

from fleetmon.checking.certificates import certificates
from fleetmon.checking.finding import Weight
from fleetmon.publish.mqtt.tls import Tls

from .conftest import Authority, openssl

DAY_S = 86400


def told(tls: Tls | None, site: str = "lab", utc: float | None = None) -> list[tuple[Weight, str, str]]:
    found = certificates(tls, site, time.time() if utc is None else utc)
    return [(each.weight, Path(each.about.split(",")[0]).name, each.text) for each in found]


@pytest.fixture
def tls(authority: Authority) -> Tls:
    certificate, key = authority.sign("lab")
    return Tls(authority.folder / "ca.pem", certificate, key)


def test_what_is_right_is_said(tls: Tls) -> None:
    """All files fit each other and the site; how long they hold is named."""
    assert told(tls) == [
        (Weight.OK, "certificates", "they can be used, and the key belongs to its certificate"),
        (Weight.OK, "lab.pem", "the site's certificate is valid for 90 days"),
        (Weight.OK, "ca.pem", "the authority's certificate is valid for 100 days"),
    ]
    assert told(None) == []
    assert told(Tls()) == told(tls)[:1], "the system's authorities, and no certificate of our own"


@pytest.mark.parametrize(
    ("days", "weight", "words"),
    [
        (59, Weight.OK, "is valid for 31 days"),
        (61, Weight.WARNING, "ends in 29 days: have a new one made"),
        (77, Weight.WARNING, "ends in 13 days"),
        (84, Weight.WARNING, "ends in 6 days"),
        (92, Weight.PROBLEM, "ended 2 days ago; the broker will refuse it"),
        (-2, Weight.PROBLEM, "is not valid yet; or is the clock wrong?"),
    ],
)
def test_its_end_is_told_before_it_comes(tls: Tls, days: int, weight: Weight, words: str) -> None:
    """From thirty days on, with the days that are left."""
    said = [each for each in told(tls, utc=time.time() + days * DAY_S) if each[1] == "lab.pem"]
    assert said[0][0] is weight
    assert words in said[0][2]


def test_another_name_than_the_site_s_is_told(tls: Tls) -> None:
    """The broker knows the site by its certificate: another name may write elsewhere only."""
    weight, file, text = told(tls, site="lhr-rpo")[2]
    assert (weight, file) == (Weight.WARNING, "lab.pem")
    assert text.startswith("is made out to 'lab', the site's id is 'lhr-rpo'")


def test_a_key_of_another_certificate_is_told(tls: Tls, authority: Authority) -> None:
    """Two sites' files mixed up on a memory stick."""
    _, other = authority.sign("other")
    assert told(Tls(tls.ca, tls.certificate, other)) == [
        (Weight.PROBLEM, "lab.pem", f"the key {other} belongs to another certificate")
    ]


def test_a_locked_key_is_told_and_nobody_is_asked(tls: Tls, tmp_path: Path) -> None:
    """OpenSSL would wait at the terminal for a passphrase that no service can type."""
    locked = tmp_path / "locked.key"
    openssl("pkey", "-in", tls.key or "", "-out", locked, "-aes256", "-passout", "pass:longenough")
    ((weight, file, text),) = told(Tls(tls.ca, tls.certificate, locked))
    assert (weight, file) == (Weight.PROBLEM, "locked.key")
    assert "passphrase" in text


@pytest.mark.parametrize("victim", ["ca", "certificate", "key"])
def test_what_is_no_pem_is_told(tls: Tls, tmp_path: Path, victim: str) -> None:
    """A DER file, a text, an empty file: named, with the form it must have."""
    for content in (b"", b"not a certificate", b"\x30\x82\x01\x01"):
        (tmp_path / "wrong").write_bytes(content)
        files = {"ca": tls.ca, "certificate": tls.certificate, "key": tls.key, victim: tmp_path / "wrong"}
        ((weight, _, text),) = told(Tls(**files))
        assert weight is Weight.PROBLEM
        assert "must be PEM" in text

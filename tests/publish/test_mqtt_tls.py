"""Certificates both ways against a real mosquitto, and the words for each way in which they can be wrong."""

import asyncio
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from fleetmon.clock import Clock
from fleetmon.publish.mqtt import Tls, Uplink, UplinkPlan
from fleetmon.publish.mqtt.tls import suspicion, validity
from fleetmon.publish.outbox import Outbox
from fleetmon.publish.views import ViewTable

from .peers import Broker, until

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Authority:
    """Signs certificates for a test and writes them into its folder."""

    folder: Path
    name: str = "authority"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.name, self.key, timedelta(days=36_500), ca=True)
        self.path = self._write(f"{self.name}.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, lasts: timedelta = timedelta(days=36_500)) -> tuple[Path, Path]:
        """Certificate and key for `name`, valid from 2020 on."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        certificate = self._signed(name, key, lasts, ca=False)
        return self._write(f"{name}.pem", certificate.public_bytes(pem)), self._write(f"{name}.key", private)

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, lasts: timedelta, ca: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN)
            .not_valid_after(BEGIN + lasts)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(own, critical=False)
            .add_extension(theirs, critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs for everybody in a test."""
    return Authority(tmp_path)


@pytest.fixture
def plan(broker: Broker, authority: Authority) -> UplinkPlan:
    """A site with certificates in order; the broker runs and wants one, and takes its name for the user's."""
    certificate, key = authority.issue("localhost")
    broker.tls = (f"cafile {authority.path}", f"certfile {certificate}", f"keyfile {key}", "tls_version tlsv1.3")
    broker.settings = ("require_certificate true", "use_identity_as_username true", "allow_anonymous false")
    broker.start()
    tls = Tls(authority.path, *authority.issue("demo"))
    return UplinkPlan("demo", "localhost", broker.port, tls, timeout_s=5.0, backoff_cap_s=0.2)


async def first_words(plan: UplinkPlan, folder: Path) -> dict[str, str]:
    """What the log says first when this plan is tried."""
    clock = Clock()
    with capture_logs() as logs:
        async with await Outbox.open(folder / "site.db", site="demo", clock=clock) as outbox:
            uplink = Uplink(plan, outbox, clock, ViewTable(), dict)
            running = asyncio.create_task(uplink.run())
            await until(lambda: logs, "said")
            await uplink.close(1.0)
            await running
    return dict(logs[0])


async def test_certificates_in_order_connect(plan: UplinkPlan, tmp_path: Path) -> None:
    """Both sides show a certificate of the authority, over TLS 1.3, with the host's name checked."""
    assert (await first_words(plan, tmp_path))["event"] == "uplink is up"


async def test_a_missing_certificate_is_said_to_be_about_tls(
    plan: UplinkPlan, authority: Authority, tmp_path: Path
) -> None:
    """TLS 1.3 refuses after the handshake: the cause is dug out of what would look like a time-out."""
    said = await first_words(replace(plan, tls=Tls(authority.path)), tmp_path)
    assert said["why"] == "tls"
    assert "CERTIFICATE_REQUIRED" in said["text"].upper().replace(" ", "_")


async def test_an_expired_certificate_of_our_own_is_suspected(
    plan: UplinkPlan, authority: Authority, tmp_path: Path
) -> None:
    """The broker refuses it; the log names our file and the day it ended."""
    certificate, key = authority.issue("demo", timedelta(days=1))
    said = await first_words(replace(plan, tls=Tls(authority.path, certificate, key)), tmp_path)
    assert said["why"] == "tls"
    assert f"our certificate {certificate} expired at 2020-01-02T00:00:00.000Z" in said["text"]


async def test_a_broker_of_another_authority_is_not_trusted(plan: UplinkPlan, tmp_path: Path) -> None:
    """We refuse the broker's certificate, and say that it could not be verified."""
    stranger = Authority(tmp_path, "stranger")
    assert plan.tls is not None
    said = await first_words(replace(plan, tls=replace(plan.tls, ca=stranger.path)), tmp_path)
    assert (said["why"], "certificate verify failed" in said["text"]) == ("tls", True)


async def test_a_broker_with_another_name_is_not_trusted(plan: UplinkPlan, tmp_path: Path) -> None:
    """The certificate is for localhost, we asked for 127.0.0.1: refused, with the reason."""
    said = await first_words(replace(plan, host="127.0.0.1"), tmp_path)
    assert (said["why"], "IP address mismatch" in said["text"]) == ("tls", True)


async def test_files_that_are_no_certificates_are_named(plan: UplinkPlan, tmp_path: Path) -> None:
    """A file that is missing is a TLS trouble and tried again later: somebody may be renewing it just now."""
    said = await first_words(replace(plan, tls=Tls(certificate=tmp_path / "none.pem")), tmp_path)
    assert said["why"] == "tls"
    assert "certificate, key or authority" in said["text"]


def test_the_dates_of_a_certificate_are_read_and_judged(authority: Authority, tmp_path: Path) -> None:
    """In order: no suspicion; before and after: said with the date; unreadable: no opinion."""
    certificate, key = authority.issue("demo", timedelta(days=10))
    tls, begin = Tls(authority.path, certificate, key), BEGIN.timestamp()
    assert validity(certificate) == (begin, begin + 864_000)
    assert suspicion(tls, begin + 1) == ""
    assert "expired at 2020-01-11T00:00:00.000Z" in suspicion(tls, begin + 864_001)
    assert "valid only from 2020-01-01T00:00:00.000Z, by our clock" in suspicion(tls, begin - 1)
    assert validity(key) is None
    assert validity(tmp_path / "none.pem") is None
    assert suspicion(None, begin) == ""


def test_old_versions_of_tls_are_not_spoken(authority: Authority) -> None:
    """TLS 1.3 unless the plan says otherwise."""
    assert Tls(authority.path).context().minimum_version is ssl.TLSVersion.TLSv1_3
    assert Tls(minimum=ssl.TLSVersion.TLSv1_2).context().minimum_version is ssl.TLSVersion.TLSv1_2

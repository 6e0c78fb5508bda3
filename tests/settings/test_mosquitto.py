"""The broker settings that ship do what their comments say, tried with a real mosquitto and real certificates.

By delivery, not by answers: mosquitto grants a subscription that its rules will never serve, and acknowledges to old
clients a message it throws away.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
MOSQUITTO = shutil.which("mosquitto", path=PATH)
DEADLINE = 20

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")


@dataclass(frozen=True)
class Authority:
    """Signs certificates into a folder: NAME.pem and NAME.key, its own as FILE.pem."""

    folder: Path
    file: str

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        object.__setattr__(self, "key", key)
        self._write(self.file, self._certificate("authority", "authority", key.public_key(), ca=True), key)

    def sign(self, name: str, file: str | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(file or name, self._certificate(name, "authority", key.public_key(), ca=False), key)

    def _certificate(self, name: str, issuer: str, key: ec.EllipticCurvePublicKey, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        host = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(host, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())  # type: ignore[attr-defined]

    def _write(self, file: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        (self.folder / f"{file}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{file}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


@dataclass(frozen=True)
class Broker:
    """A running broker, and clients that come with the certificate of a name."""

    port: int
    folder: Path

    def options(self, name: str | None) -> list[str]:
        own = ["--cert", f"{name}.pem", "--key", f"{name}.key"] if name else []
        return ["-h", "127.0.0.1", "-p", str(self.port), "-V", "5", "-q", "1", "--cafile", "clients-ca.pem", *own]

    def publish(self, name: str | None, topic: str, text: str, *more: str) -> int:
        command = ["mosquitto_pub", *self.options(name), "-t", topic, "-m", text, *more]
        return subprocess.run(command, cwd=self.folder, capture_output=True, timeout=DEADLINE, check=False).returncode

    def subscribe(self, name: str, topic: str, count: int) -> "subprocess.Popen[str]":
        """A subscriber that ends after `count` messages; it is subscribed when this returns."""
        own = [*self.options(name), "-i", name, "-t", topic]
        command = ["mosquitto_sub", "-d", *own, "-C", str(count), "-W", str(DEADLINE)]
        process = subprocess.Popen(
            ["stdbuf", "-oL", *command], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Subscribed"):
                break
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text()


def received(process: "subprocess.Popen[str]") -> list[str]:
    """The messages a subscriber got; waits for all it was to count."""
    output, _ = process.communicate(timeout=DEADLINE + 5)
    assert process.returncode == 0, output
    return [line for line in output.splitlines() if line and not line.startswith(("Client ", "Subscribed"))]


@pytest.fixture(scope="module")
def broker(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    ours = Authority(folder, "clients-ca")
    for name in ("broker", "site-a", "site-b", "hq", "wall", "issuing"):
        ours.sign(name)
    ours.sign("+", file="plus")
    stranger = folder / "stranger"
    stranger.mkdir()
    Authority(stranger, "ca").sign("hq")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (root / "config" / "mosquitto.example.conf").read_text()
    for shipped, here in (
        ("listener 8883", f"listener {port} 127.0.0.1"),
        ("/etc/mosquitto/fleetmon/", f"{folder}/"),
        ("/var/lib/mosquitto/", f"{folder}/"),
        ("log_dest syslog", f"log_dest file {folder}/log"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    shutil.copy(root / "config" / "mosquitto.example.acl", folder / "acl")
    if os.geteuid() == 0:
        text += "\nuser root\n"  # the folder of a test is closed to the user mosquitto would change to
    (folder / "conf").write_text(text)
    assert MOSQUITTO is not None
    process = subprocess.Popen([MOSQUITTO, "-c", folder / "conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, process)
        yield Broker(port, folder)
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("mosquitto did not come up")


def test_a_site_writes_only_below_its_own_up(broker: Broker) -> None:
    """Headquarters hears what a site says of itself, and nothing it says of another or of headquarters."""
    hq = broker.subscribe("hq", "fleetmon/v1/#", 2)
    broker.publish("site-a", "fleetmon/v1/site-a/up/event", "own")
    for foreign in ("site-b/up/event", "site-a/down/ack/hq", "_hq/hq/session", "site-a", "site-b/up/session"):
        broker.publish("site-a", f"fleetmon/v1/{foreign}", "foreign")
    broker.publish("site-a", "elsewhere", "foreign")
    broker.publish("site-a", "fleetmon/v1/site-a/up/state/prn1", "end")
    assert received(hq) == ["own", "end"]


def test_a_site_reads_only_its_own_down(broker: Broker) -> None:
    """Even one that subscribes to everything gets what is meant for it, and the presence of headquarters."""
    site = broker.subscribe("site-a", "#", 2)
    broker.publish("hq", "fleetmon/v1/site-b/down/ack/hq", "foreign")
    broker.publish("site-b", "fleetmon/v1/site-b/up/event", "foreign")
    broker.publish("hq", "fleetmon/v1/_hq/hq/session", "presence")
    broker.publish("hq", "fleetmon/v1/site-a/down/cmd/ping", "ping")
    assert received(site) == ["presence", "ping"]


def test_a_command_travels_to_one_site_and_its_reply_back(broker: Broker) -> None:
    """Headquarters may ask any site and hears the reply; no site may ask another, answer for it, or ask itself."""
    site = broker.subscribe("site-a", "fleetmon/v1/+/down/cmd/+", 1)
    for asked in ("site-a", "site-b"):
        broker.publish("site-b", f"fleetmon/v1/{asked}/down/cmd/refresh", "from a site")
    broker.publish("hq", "fleetmon/v1/site-b/down/cmd/refresh", "for another")
    broker.publish("hq", "fleetmon/v1/site-a/down/cmd/refresh", "from hq")
    assert received(site) == ["from hq"]
    hq = broker.subscribe("hq", "fleetmon/v1/+/up/reply/hq", 1)
    broker.publish("site-b", "fleetmon/v1/site-a/up/reply/hq", "forged")
    broker.publish("site-a", "fleetmon/v1/site-a/up/reply/hq", "done")
    assert received(hq) == ["done"]


def test_an_issuing_system_tells_of_work_and_nothing_else(broker: Broker) -> None:
    """Of every site and of its lines; it asks for nothing, and no site hears of the work of another."""
    site = broker.subscribe("site-a", "fleetmon/v1/+/down/#", 3)
    for topic in (
        "site-a/down/cmd/ping",
        "site-a/down/ack/hq",
        "site-a/up/event",
        "site-b/down/work",
        "_hq/hq/session",
    ):
        broker.publish("issuing", f"fleetmon/v1/{topic}", "foreign")
    broker.publish("issuing", "fleetmon/v1/site-a/down/work", "the site's")
    broker.publish("issuing", "fleetmon/v1/site-a/down/work/line1", "a line's")
    broker.publish("hq", "fleetmon/v1/site-a/down/cmd/ping", "end")
    assert received(site) == ["the site's", "a line's", "end"]


def test_a_dashboard_only_looks(broker: Broker) -> None:
    """It sees all sites and can say nothing to any."""
    site = broker.subscribe("site-a", "fleetmon/v1/site-a/down/#", 1)
    broker.publish("wall", "fleetmon/v1/site-a/down/cmd/ping", "from the wall")
    wall = broker.subscribe("wall", "fleetmon/v1/#", 1)
    broker.publish("hq", "fleetmon/v1/site-a/down/cmd/ping", "from hq")
    assert received(site) == ["from hq"]
    assert received(wall) == ["from hq"]


def test_a_certificate_named_like_a_wildcard_gains_nothing(broker: Broker) -> None:
    """CN=+ would make the rule for one site a rule for all."""
    hq = broker.subscribe("hq", "fleetmon/v1/#", 1)
    broker.publish("plus", "fleetmon/v1/site-a/up/event", "wildcard")
    broker.publish("site-a", "fleetmon/v1/site-a/up/event", "own")
    assert received(hq) == ["own"]


def test_no_client_can_take_the_place_of_another(broker: Broker) -> None:
    """A client id is worth nothing: each is known by its certificate, so the first connection stays up."""
    site = broker.subscribe("site-a", "fleetmon/v1/site-a/down/#", 1)
    assert broker.publish("site-b", "fleetmon/v1/site-b/up/event", "x", "-i", "site-a") == 0
    broker.publish("hq", "fleetmon/v1/site-a/down/cmd/ping", "still here")
    assert received(site) == ["still here"]
    assert "site-a already connected" not in broker.log()


@pytest.mark.parametrize("name", [None, "stranger/hq"])
def test_nobody_comes_in_without_a_certificate_of_ours(broker: Broker, name: str | None) -> None:
    """Neither with none nor with one that somebody else signed, whatever it says."""
    hq = broker.subscribe("hq", "fleetmon/v1/#", 1)
    assert broker.publish(name, "fleetmon/v1/hq/up/event", "stranger") != 0
    broker.publish("site-a", "fleetmon/v1/site-a/up/event", "own")
    assert received(hq) == ["own"]

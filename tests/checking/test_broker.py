"""The broker is tried with a real one: let in and served, let in and not served, refused, not there."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fleetmon.checking.broker import broker
from fleetmon.checking.finding import Weight
from fleetmon.publish.mqtt import Tls, UplinkPlan
from fleetmon.secret import Secret

from .conftest import Authority

Start = Callable[..., UplinkPlan]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def retained(port: int) -> str:
    """Everything the broker keeps."""
    listen = ["mosquitto_sub", "-p", str(port), "-t", "#", "-W", "1", "-v"]
    return subprocess.run(listen, capture_output=True, text=True, check=False).stdout


def password_file(path: Path) -> Path:
    subprocess.run(["mosquitto_passwd", "-b", "-c", path, "lab", "right"], check=True)
    return path


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a mosquitto with these lines; the plan of a site that goes there."""
    started = []

    def run(*lines: str) -> UplinkPlan:
        port, file = free_port(), tmp_path / "mosquitto.conf"
        file.write_text("\n".join([f"listener {port} 127.0.0.1", "user root", *lines, ""]))
        process = subprocess.Popen(["mosquitto", "-c", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        deadline = time.monotonic() + 10
        while not accepts(port):
            assert time.monotonic() < deadline, "mosquitto does not listen"
            assert process.poll() is None, "mosquitto ended"
            time.sleep(0.01)
        return UplinkPlan(site="lab", host="127.0.0.1", port=port, timeout_s=3.0)

    yield run
    for process in started:
        process.terminate()
        process.wait()


async def test_a_broker_that_takes_messages(start: Start) -> None:
    """Let in, and what is said is taken; nothing of it is left at the broker."""
    plan = start("allow_anonymous true")
    found = await broker(plan)
    assert (found.weight, found.about) == (Weight.OK, f"broker 127.0.0.1:{plan.port}")
    assert "takes messages below fleetmon/v1/lab/up/#" in found.text
    assert retained(plan.port) == ""


async def test_a_broker_whose_rules_forbid_it(start: Start, tmp_path: Path) -> None:
    """Let in, but an access rule is missing: the rule that is wanted is named."""
    (tmp_path / "acl").write_text("topic read fleetmon/#\n")
    found = await broker(start("allow_anonymous true", f"acl_file {tmp_path / 'acl'}"))
    assert found.weight is Weight.PROBLEM
    assert "does not take messages" in found.text
    assert "must let lab write fleetmon/v1/lab/up/#" in found.text


async def test_a_broker_that_knows_us_not(start: Start, tmp_path: Path) -> None:
    """A wrong password is told as such."""
    plan = start(f"password_file {password_file(tmp_path / 'users')}", "allow_anonymous false")
    wrong = await broker(replace(plan, username="lab", password=Secret("test", text="wrong")))
    assert wrong.weight is Weight.PROBLEM
    assert "denied" in wrong.text
    assert "does not know the user, the password" in wrong.text
    assert (await broker(replace(plan, username="lab", password=Secret("test", text="right")))).weight is Weight.OK


async def test_nobody_there() -> None:
    """A closed port has its hint."""
    refused = await broker(UplinkPlan(site="lab", host="127.0.0.1", port=free_port(), timeout_s=3.0))
    assert refused.weight is Weight.PROBLEM
    assert refused.text.startswith("refused: Connection refused; ")
    assert "is the broker running, is the port right?" in refused.text


async def test_tls_on_one_side_only(start: Start) -> None:
    """mqtts:// to a port that speaks none ends in a reset or an error of TLS: no number of the system is shown."""
    found = await broker(replace(start("allow_anonymous true"), tls=Tls(None, None, None)))
    assert found.weight is Weight.PROBLEM
    assert "TLS" in found.text or "tls" in found.text, found.text
    assert "Errno" not in found.text


async def test_a_broker_with_certificates(start: Start, authority: Authority) -> None:
    """Mutual TLS: with a certificate it trusts we are let in, without one, or with a foreign one, we are told why."""
    folder = authority.folder
    authority.sign("broker")
    certificate, key = authority.sign("lab")
    ours = Tls(folder / "ca.pem", certificate, key)
    plan = start(
        f"cafile {folder / 'ca.pem'}",
        f"certfile {folder / 'broker.pem'}",
        f"keyfile {folder / 'broker.key'}",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
    )
    assert (await broker(replace(plan, tls=ours))).weight is Weight.OK
    for bad in (None, Tls(folder / "ca.pem"), Tls(None, certificate, key)):
        found = await broker(replace(plan, tls=bad))
        assert found.weight is Weight.PROBLEM
        assert "certificate" in found.text

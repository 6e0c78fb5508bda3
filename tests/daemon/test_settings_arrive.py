"""A setting that is checked and then heard by nobody is worse than none: all of them arrive."""

import pkgutil
import re
import ssl
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from fleetmon import definition, settings
from fleetmon.daemon import uplink_plan
from fleetmon.publish.mqtt import Tls
from fleetmon.settings import house, machine, network, site

ENVIRONMENT = {"PASSWORD": "not-a-word"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that may stand for certificates until somebody opens them."""
    for name in ("ca.pem", "site.pem", "site.key"):
        (tmp_path / name).write_text("to be opened later")
        (tmp_path / name).chmod(0o600)
    return tmp_path


def planned(folder: Path, lines: str) -> object:
    """The uplink's plan from these lines of `[mqtt]`, but for the versions."""
    (folder / "fleetmon.toml").write_text(f'[site]\nid = "lab"\n[mqtt]\n{lines}', encoding="utf-8")
    return uplink_plan(settings.load(folder / "fleetmon.toml", environ=ENVIRONMENT))


def test_every_setting_of_the_broker_reaches_the_uplink(folder: Path) -> None:
    """None of them with its default, so that none can be right by chance."""
    plan: object = planned(
        folder,
        """url = "mqtts://broker.example:8884"
        ca = "ca.pem"
        certificate = "site.pem"
        key = { file = "site.key" }
        tls_minimum = "1.2"
        username = "us"
        password = { env = "PASSWORD" }
        client_id = "lab-2"
        root = "country/fleet"
        ack = ["hq"]
        heartbeat = "45s"
        keepalive = "70s"
        session_expiry = "11m"
        properties = false
        """,
    )
    told = {name: getattr(plan, name) for name in plan.__slots__}  # type: ignore[attr-defined]
    assert told.pop("password").reveal() == "not-a-word"
    assert set(told.pop("versions")) == {"fleetmon", "contract"}
    assert told == {
        "site": "lab",
        "host": "broker.example",
        "port": 8884,
        "tls": Tls(folder / "ca.pem", folder / "site.pem", folder / "site.key", ssl.TLSVersion.TLSv1_2),
        "username": "us",
        "client_id": "lab-2",
        "root": "country/fleet",
        "keepalive_s": 70,
        "session_expiry_s": 660,
        "heartbeat_s": 45.0,
        "subscriptions": ("cmd/+", "ack/+"),
        "standing": ("work", "work/+"),
        "properties": False,
        "will_delay_s": 20,
        "timeout_s": 5.0,
        "backoff_cap_s": 4.0,
        "takeover_s": 30.0,
        "patience_s": 10.0,
        "window": 200,
    }


def test_without_a_word_tls_is_1_3_and_nobody_confirms(folder: Path) -> None:
    """The defaults that matter most: TLS 1.3, commands are heard, confirmations are not listened for."""
    plan = planned(folder, 'url = "mqtts://broker.example"\n')
    assert (plan.tls.minimum, plan.subscriptions) == (ssl.TLSVersion.TLSv1_3, ("cmd/+",))  # type: ignore[attr-defined]
    assert planned(folder, 'url = "mqtt://127.0.0.1"\n').tls is None  # type: ignore[attr-defined]


def test_the_oldest_version_of_tls_is_the_context_s() -> None:
    """What the plan says is what is spoken."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert Tls(minimum=version).context().minimum_version is version


def parts_of_the_language() -> list[ModuleType]:
    """The modules that say what a driver may say."""
    return [import_module(f"{definition.__name__}.{each.name}") for each in pkgutil.iter_modules(definition.__path__)]


def test_every_key_of_settings_and_drivers_is_read_by_somebody(root: Path) -> None:
    """A key that is accepted, checked, documented and never looked at is found by its name."""
    shipped = "\n".join(file.read_text("utf-8") for file in (root / "src" / "fleetmon").rglob("*.py"))
    read = set(re.findall(r"\.([a-z_0-9]+)\b", shipped))
    models = [
        model
        for room in (house, machine, network, site, *parts_of_the_language())
        for model in vars(room).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == room.__name__
    ]
    assert len(models) > 40
    assert [f"{model.__name__}.{key}" for model in models for key in model.model_fields if key not in read] == []

"""Secrets are found where they are said to be, refused where others could have read them, and never shown."""

import os
from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.errors import SettingsError
from fleetmon.secret import Secret
from fleetmon.settings import Settings, credentials

BROKER = '[site]\nid = "lhr-rpo"\n[mqtt]\nurl = "mqtts://broker.example"\n'
USER = BROKER + 'username = "u"\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "fleetmon.toml").write_text("")
    return tmp_path


def loaded(site: Path, text: str, **environ: str) -> Settings:
    path = site / "fleetmon.toml"
    path.write_text(text)
    return settings.load(path, environ=environ)


def refused(site: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(site, text, **environ)
    return str(caught.value).replace(f"{site}/", "")


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_a_secret_is_read_from_a_file_closed_to_others(site: Path, mode: int) -> None:
    """The file stands beside the settings; the newline an editor adds is not part of the secret."""
    path = private(site / "password", b" hunter2 \n", mode)
    secret = loaded(site, USER + 'password = { file = "password" }').mqtt.password
    assert secret is not None
    assert secret.reveal() == " hunter2 "
    assert secret.path == path


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602, 0o777])
def test_a_file_open_to_others_is_refused(site: Path, mode: int) -> None:
    """What everybody can read is no secret, what a group can write is nobody's word; the hint says what to type."""
    private(site / "password", b"hunter2", mode)
    assert refused(site, USER + 'password = { file = "password" }') == (
        f"fleetmon.toml:6: mqtt.password: password is open to others (mode {mode:03o}); chmod 640 password, or 600"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a file can change it; root and the daemon's own user may."""
    path = private(site / "password", b"hunter2")
    os.chown(path, 4242, -1)
    text = USER + 'password = { file = "password" }'
    assert loaded(site, text).mqtt.password is not None, "root may check the settings of the daemon's user"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert refused(site, text) == ("fleetmon.toml:6: mqtt.password: password belongs to user 4242; chown root password")
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert loaded(site, text).mqtt.password is not None
    os.chown(path, 0, -1)
    assert loaded(site, text).mqtt.password is not None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the secret is empty"),
        (b"\n", "the secret is empty"),
        (b"a\0b", "the secret contains a NUL character"),
        (b"\xff", "the secret is not UTF-8 text"),
        (b"x" * 70000, "password is larger than 65536 bytes"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(site: Path, content: bytes, fault: str) -> None:
    """An empty or binary file is a mistake, not a password."""
    private(site / "password", content)
    assert refused(site, USER + 'password = { file = "password" }') == f"fleetmon.toml:6: mqtt.password: {fault}"


def test_what_is_no_file_is_refused_without_waiting(site: Path) -> None:
    """Missing, a folder, a pipe nobody writes to: each is told, none holds the daemon up."""
    text = USER + 'password = { file = "password" }'
    assert refused(site, text).endswith("password cannot be read: No such file or directory")
    (site / "password").mkdir()
    assert refused(site, text).endswith("password is no file")
    (site / "password").rmdir()
    os.mkfifo(site / "password", 0o600)
    assert refused(site, text).endswith("password is no file")


def test_a_secret_is_read_from_a_systemd_credential(site: Path) -> None:
    """systemd puts credentials into a folder of the service's own and names it in the environment."""
    text = USER + 'password = { credential = "broker" }'
    private(site / "broker", b"hunter2\n", 0o400)
    secret = loaded(site, text, CREDENTIALS_DIRECTORY=str(site)).mqtt.password
    assert secret is not None
    assert secret.reveal() == "hunter2"
    (site / "broker").unlink()
    for folder in (site, site / "nowhere"):
        said = refused(site, text, CREDENTIALS_DIRECTORY=str(folder))
        assert said.startswith("fleetmon.toml:6: mqtt.password: ")
        assert said.endswith("broker cannot be read: No such file or directory")


def test_by_hand_a_credential_is_found_where_the_unit_takes_it_from(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever checks the settings as root has what the service will have; others are told why they have not."""
    monkeypatch.setattr(credentials, "CREDSTORE", site / "credstore")
    text = USER + 'password = { credential = "broker" }'
    assert refused(site, text) == (
        "fleetmon.toml:6: mqtt.password: credential broker is handed to the systemd service only "
        "(LoadCredential=broker:PATH), and by hand credstore/fleetmon.broker cannot be read: No such file or "
        "directory; as root, or with { file = ... }, it can be read"
    )
    (site / "credstore").mkdir()
    private(site / "credstore" / "fleetmon.broker", b"hunter2\n")
    secret = loaded(site, text).mqtt.password
    assert secret is not None
    assert secret.reveal() == "hunter2"
    (site / "credstore" / "fleetmon.broker").chmod(0o644)
    assert "is open to others (mode 644)" in refused(site, text)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the secret is empty"),
        (b"\xff", "the secret is not UTF-8 text"),
        (b"x" * 70000, "broker is larger than 65536 bytes"),
    ],
)
def test_a_credential_that_holds_no_secret_is_refused(site: Path, content: bytes, fault: str) -> None:
    """What systemd hands over is looked at as closely as any file."""
    private(site / "broker", content, 0o400)
    text = USER + 'password = { credential = "broker" }'
    assert refused(site, text, CREDENTIALS_DIRECTORY=str(site)).endswith(fault)


def test_a_private_key_from_a_credential_is_a_file_for_tls(site: Path) -> None:
    """TLS reads the key itself, from where systemd laid it."""
    folder = site / "credentials"
    folder.mkdir()
    private(folder / "site.key", b"pem", 0o400)
    private(site / "site.pem", b"pem", 0o644)
    text = BROKER + 'certificate = "site.pem"\nkey = { credential = "site.key" }\n'
    key = loaded(site, text, CREDENTIALS_DIRECTORY=str(folder)).mqtt.key
    assert key is not None
    assert key.path == folder / "site.key"


def test_one_place_only(site: Path) -> None:
    """A secret in two places would be two secrets on the day one of them is changed."""
    said = refused(site, USER + 'password = { file = "a", env = "B" }')
    assert said.startswith("fleetmon.toml:6: mqtt.password: needs exactly one of credential, file, env")


def test_a_secret_is_read_from_the_environment(site: Path) -> None:
    """A variable that is not set is a mistake, and one that is empty as well."""
    text = USER + 'password = { env = "BROKER_PASSWORD" }'
    secret = loaded(site, text, BROKER_PASSWORD="hunter2").mqtt.password
    assert secret is not None
    assert secret.reveal() == "hunter2"
    assert refused(site, text) == ("fleetmon.toml:6: mqtt.password: environment variable BROKER_PASSWORD is not set")
    assert refused(site, text, BROKER_PASSWORD="").endswith("the secret is empty")


def test_the_environment_is_the_process_own_unless_another_is_given(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon calls load with nothing but the path."""
    monkeypatch.setenv("BROKER_PASSWORD", "hunter2")
    (site / "fleetmon.toml").write_text(USER + 'password = { env = "BROKER_PASSWORD" }')
    secret = settings.load(site / "fleetmon.toml").mqtt.password
    assert secret is not None
    assert secret.reveal() == "hunter2"


def test_certificates_must_be_there_when_settings_are_loaded(site: Path) -> None:
    """A private key keeps its path, for the library that reads it; the public parts need not be closed."""
    text = BROKER + 'ca = "ca.pem"\ncertificate = "site.pem"\nkey = { file = "site.key" }\n'
    assert refused(site, text).splitlines() == [
        "fleetmon.toml:5: mqtt.ca: ca.pem cannot be read: No such file or directory",
        "fleetmon.toml:6: mqtt.certificate: site.pem cannot be read: No such file or directory",
        "fleetmon.toml:7: mqtt.key: site.key cannot be read: No such file or directory",
    ]
    for name in ("ca.pem", "site.pem"):
        private(site / name, b"pem", 0o644)
    private(site / "site.key", b"pem", 0o640)
    mqtt = loaded(site, text).mqtt
    assert mqtt.key is not None
    assert (mqtt.ca, mqtt.certificate, mqtt.key.path) == (site / "ca.pem", site / "site.pem", site / "site.key")


def test_parsing_reads_no_secret(site: Path) -> None:
    """An engineer may check a site's file on another computer: what it refers to need not exist there."""
    path = site / "fleetmon.toml"
    path.write_text(
        BROKER
        + 'certificate = "nowhere"\nkey = { credential = "k" }\n'
        + '[snmp.profile.a]\ncommunity = { env = "NOT_SET" }\n[snmp.profile.b]\ncommunity = "public"\n'
    )
    parsed = settings.parse(path)
    secret = parsed.profile("a").community
    assert secret is not None
    with pytest.raises(LookupError, match="the secret from env NOT_SET was not read"):
        secret.reveal()
    assert parsed.profile("b").community_text == "public"


def test_a_password_of_version_3_has_eight_characters(site: Path) -> None:
    """RFC 3414 section 11.2; a shorter one would be refused by every agent."""
    text = BROKER + (
        '[snmp.profile.v3]\nversion = "3"\nuser = "u"\nauth = "sha256"\nauth_password = { env = "A" }\n'
        'priv = "aes128"\npriv_password = { env = "B" }\n'
    )
    assert refused(site, text, A="1234567", B="12345678") == (
        "fleetmon.toml:9: snmp.profile.v3.auth_password: must have at least 8 characters (RFC 3414 section 11.2)"
    )
    profile = loaded(site, text, A="87654321", B="12345678").profile("v3")
    assert profile.priv_password is not None
    assert profile.priv_password.reveal() == "12345678"


def test_a_secret_shows_itself_only_when_asked(site: Path) -> None:
    """Printing, formatting or dumping settings gives asterisks or the origin, never the secret."""
    whole = loaded(site, USER + 'password = { env = "P" }', P="hunter2")
    secret = whole.mqtt.password
    assert secret is not None
    assert str(secret) == f"{secret}" == "********"
    shown = [
        repr(secret),
        repr(whole),
        str(whole),
        str(whole.model_dump()),
        whole.model_dump_json(),
        str(vars(whole.mqtt)),
    ]
    assert "hunter2" not in "".join(shown)
    assert "env P" in repr(secret)


def test_equal_secrets_are_equal() -> None:
    """A reload tells a changed password from one that stayed."""
    assert Secret("env P", text="a") == Secret("env P", text="a")
    assert Secret("env P", text="a") != Secret("env P", text="b")
    assert len({Secret("env P", text="a"), Secret("env P", text="a")}) == 1

"""Who is told of alerts beside the broker: what may be written, what it becomes, what is refused and where."""

from pathlib import Path

import pytest

from fleetmon import settings
from fleetmon.errors import SettingsError
from fleetmon.settings import HttpUrl, Settings

GOOD = '[site]\nid = "lhr-rpo"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
SHAPE = "https://host[:port][/path] or http://host[:port][/path]"


def parsed(folder: Path, text: str) -> Settings:
    path = folder / "fleetmon.toml"
    path.write_text(GOOD + text)
    return settings.parse(path)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parsed(folder, text)
    return str(caught.value).replace(f"{folder}/fleetmon.toml:", "").splitlines()


def test_nobody_is_told_unless_asked(tmp_path: Path) -> None:
    """Without a table there is no way out."""
    plain = parsed(tmp_path, "").notify
    assert (plain.alertmanager, plain.webhook, plain.apprise) == (None, None, None)


def test_all_of_them_at_once(tmp_path: Path) -> None:
    """Addresses are taken apart, times have defaults, files are taken from the settings' folder."""
    found = parsed(
        tmp_path,
        '[notify.alertmanager]\nurl = ["https://am1.example:9093/am", "https://am2.example"]\nca = "ca.pem"\n'
        'username = "fleetmon"\npassword = { env = "AM" }\ninterval = "30s"\nlanguage = "ur"\n'
        '[notify.webhook]\nurl = "http://127.0.0.1:8080/hook?team=1"\nsecret = { credential = "webhook.secret" }\n'
        'token = { file = "token" }\nproxy = "http://proxy.example:3128"\n'
        '[notify.apprise]\nurls = { file = "apprise" }\nlimit = "20s"\n',
    ).notify
    assert found.alertmanager is not None
    assert found.webhook is not None
    assert found.apprise is not None
    assert found.alertmanager.urls == (
        HttpUrl("am1.example", 9093, tls=True, path="/am"),
        HttpUrl("am2.example", 443, tls=True),
    )
    assert (found.alertmanager.ca, found.alertmanager.interval) == (tmp_path / "ca.pem", 30.0)
    assert found.alertmanager.language == "ur"
    assert found.webhook.url == HttpUrl("127.0.0.1", 8080, tls=False, path="/hook?team=1")
    assert found.webhook.proxy == HttpUrl("proxy.example", 3128, tls=False)
    assert (found.apprise.limit, found.apprise.language) == (20.0, None)


def test_one_alertmanager_needs_no_list(tmp_path: Path) -> None:
    """A URL alone is a list of one; a minute is the default."""
    found = parsed(tmp_path, '[notify.alertmanager]\nurl = "http://am.example:9093"\n').notify.alertmanager
    assert found is not None
    assert found.urls == (HttpUrl("am.example", 9093, tls=False),)
    assert found.interval == 60.0


def test_secrets_are_read_when_settings_are_loaded(tmp_path: Path) -> None:
    """By reference, as all others; a file that others can read is refused with its line."""
    (tmp_path / "urls").write_text("json://127.0.0.1\n")
    (tmp_path / "urls").chmod(0o600)
    path = tmp_path / "fleetmon.toml"
    path.write_text(GOOD + '[notify.apprise]\nurls = { file = "urls" }\n')
    apprise = settings.load(path, environ={}).notify.apprise
    assert apprise is not None
    assert apprise.urls.reveal() == "json://127.0.0.1"
    (tmp_path / "urls").chmod(0o644)
    with pytest.raises(SettingsError, match=r"fleetmon.toml:6: notify.apprise.urls: .* is open to others"):
        settings.load(path, environ={})


def test_the_parts_of_an_address() -> None:
    """What stands in requests: brackets around IPv6, the usual port left out, paths joined without a second slash."""
    six = HttpUrl.parse("https://[2001:db8::1]:8443/am/")
    assert (six.host, six.bracketed, six.authority) == ("2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:8443")
    assert six.origin == "https://[2001:db8::1]:8443"
    assert six.path_with("/api/v2/alerts") == "/am/api/v2/alerts"
    plain = HttpUrl.parse("HTTP://am.example:80")
    assert (plain.authority, plain.path, plain.path_with("")) == ("am.example", "/", "/")


MISTAKES = {
    "[notify.mail]": ['5: notify.mail: unknown key "mail"; allowed here: alertmanager, webhook, apprise'],
    "[notify.alertmanager]": ["5: notify.alertmanager.url: is missing"],
    "[notify.alertmanager]\nurl = []": ["6: notify.alertmanager.url: must not be empty"],
    '[notify.alertmanager]\nurl = "am.example:9093"': [
        f"6: notify.alertmanager.url: is no address of the web; write {SHAPE}"
    ],
    '[notify.alertmanager]\nurl = ["http://h", "http://u:p@am.example"]': [
        (
            "6: notify.alertmanager.url: carries a user or password, which everybody would see;"
            f" write {SHAPE}, secrets by reference"
        )
    ],
    '[notify.alertmanager]\nurl = "http://h/a b"': [
        f"6: notify.alertmanager.url: has a path with characters that must be written as %XX; write {SHAPE}"
    ],
    '[notify.alertmanager]\nurl = "http://h"\nusername = "x"\nca = "ca.pem"': [
        "7: notify.alertmanager.username: needs password beside it",
        "8: notify.alertmanager.ca: needs https://",
    ],
    '[notify.alertmanager]\nurl = "http://h"\nusername = "x"\npassword = { env = "P" }': [
        "8: notify.alertmanager.password: would cross the network readable; use https://"
    ],
    '[notify.alertmanager]\nurl = "http://h"\nusername = "a:b"\npassword = "p"': [
        "7: notify.alertmanager.username: must be 1 to 128 characters, no colon and no space",
        (
            "8: notify.alertmanager.password: no secret may stand in the settings; write"
            ' { credential = "name" }, { file = "path" } or { env = "NAME" }'
        ),
    ],
    '[notify.alertmanager]\nurl = "http://h"\ninterval = "1s"': [
        '7: notify.alertmanager.interval: must be between "10s" and "5m"'
    ],
    '[notify.alertmanager]\nurl = "http://h"\nproxy = "https://p:1"': [
        "7: notify.alertmanager.proxy: is no address of a proxy; write http://host:port"
    ],
    '[notify.webhook]\nurl = "http://h"': ["5: notify.webhook.secret: is missing"],
    '[notify.webhook]\nurl = "http://h"\nsecret = { env = "S" }\ntoken = { env = "T" }': [
        "8: notify.webhook.token: would cross the network readable; use https://"
    ],
    '[notify.apprise]\nurls = ["mailto://x"]': [
        '6: notify.apprise.urls: must be { credential = "name" }, { file = "path" } or { env = "NAME" }'
    ],
    '[notify.apprise]\nurls = { env = "A" }\nlanguage = "Urdu"': [
        '7: notify.apprise.language: must be a language by its letters, "en" or "ur"'
    ],
}


@pytest.mark.parametrize("text", MISTAKES)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    """The place, what is wrong, what to write instead."""
    assert refused(tmp_path, text + "\n") == MISTAKES[text]

"""What can be seen of the ways out beside the broker without sending anybody anything."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from fleetmon.checking.examples import is_example
from fleetmon.checking.finding import Finding, Weight
from fleetmon.model.address import is_loopback
from fleetmon.settings import HttpUrl, Settings
from fleetmon.settings.files import read_all


def ways_out(file: Path, settings: Settings) -> Iterator[Finding]:
    """A warning for each example's address, and each over which anybody can read along; a problem without Apprise."""
    notify = settings.notify
    if notify.alertmanager:
        for url in notify.alertmanager.urls:
            yield from _address(file, "alertmanager", url)
    if notify.webhook:
        yield from _address(file, "webhook", notify.webhook.url)
    if notify.apprise and importlib.util.find_spec("apprise") is None:
        text = "Apprise is not installed: it comes with the extra `notify`"
        yield Finding(Weight.PROBLEM, _place(file, "apprise", "urls"), text)


def _address(file: Path, way: str, url: HttpUrl) -> Iterator[Finding]:
    if is_example(url.host):
        text = f"{url.host} is an example's address: put yours there"
        yield Finding(Weight.WARNING, _place(file, way, "url"), text)
    elif not url.tls and not is_loopback(url.host):
        text = "alerts cross the network without TLS: anybody on the way can read and change them; https:// is the cure"
        yield Finding(Weight.WARNING, _place(file, way, "url"), text)


def _place(file: Path, way: str, key: str) -> str:
    source, line = read_all(file).locate(("notify", way, key))
    return f"{source}:{line}: {way}"

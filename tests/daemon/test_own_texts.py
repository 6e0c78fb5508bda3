"""What a site writes for its operators is what its alerts say; what cannot be read changes nothing."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from fleetmon import daemon, settings
from fleetmon.clock import Clock
from fleetmon.errors import SettingsError
from fleetmon.model.messages import Event
from fleetmon.site import Site
from fleetmon.systemd import Signals

SETTINGS = """[site]
id = "lab"
[mqtt]
url = "mqtt://127.0.0.1:9"
"""
TEXT = '[condition.settings-refused]\noperator = "Ask in room {}."\n'


@pytest.fixture
def site_folder(tmp_path: Path) -> Path:
    """Settings, and a text of the site's own."""
    (tmp_path / "fleetmon.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "en.toml").write_text(TEXT.format(4), encoding="utf-8")
    return tmp_path


async def test_alerts_speak_with_the_words_of_the_site(site_folder: Path) -> None:
    """From the start, and otherwise after a reload; texts with a mistake are refused and the former ones stay."""
    file, text, signals = site_folder / "fleetmon.toml", site_folder / "locale" / "en.toml", Signals()
    told: list[Event] = []

    async def story(site: Site) -> None:
        text.write_text(TEXT.format(5).replace("operator", "operater"), encoding="utf-8")
        signals.reload.set()
        await said(told, "fleetmon.settings.refused.v1", "locale/en.toml:2: condition.settings-refused.operater")
        await said(told, "fleetmon.alert.v1", "Ask in room 4.")
        text.write_text(TEXT.format(6), encoding="utf-8")
        signals.reload.set()
        await until(lambda: site.settings_refused is None)
        file.write_text(SETTINGS + "colour = 1\n", encoding="utf-8")
        signals.reload.set()
        await said(told, "fleetmon.alert.v1", "Ask in room 6.")

    await live(site_folder, signals, told, story)


async def test_a_daemon_with_mistyped_texts_does_not_start(site_folder: Path) -> None:
    """As with other settings: every mistake with its line, and nothing half-right runs."""
    (site_folder / "locale" / "en.toml").write_text("[condition.jamm]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"locale/en.toml:1: condition.jamm: .*did you mean"):
        await live(site_folder, Signals(), [], None)


async def live(
    folder: Path, signals: Signals, told: list[Event], story: Callable[[Site], Coroutine[None, None, None]] | None
) -> None:
    """The daemon's life, for as long as its story."""
    stories: list[asyncio.Task[None]] = []

    def ready(site: Site) -> None:
        assert story is not None
        stories.append(asyncio.create_task(story(site)))
        stories[0].add_done_callback(lambda _: signals.stop.set())

    found = settings.load(folder / "fleetmon.toml", environ={})
    await daemon.run(found, folder, Clock(), signals, ready, told.append)
    await stories[0]


async def said(told: list[Event], type_: str, words: str) -> None:
    """Wait for an event of that type with these words in it."""
    await until(
        lambda: any(event.type == type_ and words in json.dumps(event.data, ensure_ascii=False) for event in told)
    )


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the story is told by somebody else
            await asyncio.sleep(0.005)

"""A web service, an outbox and a webhook between them; and patience that is short enough for a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleetmon.clock import Clock
from fleetmon.notify import reach
from fleetmon.publish.outbox import Outbox

from .peers import Service


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that failed is tried again after hundredths of a second."""
    monkeypatch.setattr(reach, "_FIRST_S", 0.02)
    monkeypatch.setattr(reach, "_LONGEST_S", 0.1)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A web service that takes everything, until it is told otherwise."""
    service = Service()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    """An empty outbox of the site `demo`."""
    async with await Outbox.open(tmp_path / "site.db", site="demo", clock=Clock()) as outbox:
        yield outbox

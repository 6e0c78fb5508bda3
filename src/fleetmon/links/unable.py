"""A link to a machine that cannot be asked at all, so that it is said like any other silence and harms nobody else."""

from typing import NoReturn

from fleetmon.errors import LinkError
from fleetmon.model.words import Silence


class UnableLink:
    """Answers every request with the `reason` why the settings or the driver of this machine are of no use."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def ask(self, request: object) -> NoReturn:
        """Raises LinkError with the reason."""
        raise LinkError(self.reason, Silence.DRIVER_BUG)

    async def close(self) -> None:
        """Nothing is held open."""

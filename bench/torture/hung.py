"""`fleetmon` whose poll of one machine never ends, from the moment that FILE exists: a bug that nobody has met yet.

python -m bench.torture.hung FILE MACHINE -- run --settings ... --state ...
"""

import asyncio
import sys
from pathlib import Path

from fleetmon import cli
from fleetmon.model.report import Observation
from fleetmon.poller import SourcePoller


def main() -> None:
    """Run fleetmon with that poller."""
    begun, machine = Path(sys.argv[1]), sys.argv[2]
    poll = SourcePoller.poll

    async def poll_for_ever(self: SourcePoller, urgent: bool = False) -> Observation:
        if self.machine.id == machine and begun.exists():
            await asyncio.Event().wait()
        return await poll(self, urgent)

    SourcePoller.poll = poll_for_ever  # type: ignore[method-assign]
    sys.argv = ["fleetmon", *sys.argv[4:]]
    cli.main()


if __name__ == "__main__":
    main()

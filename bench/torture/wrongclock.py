"""`fleetmon` on a computer whose wall clock is wrong, and set while it runs.

    python -m bench.torture.wrongclock FILE -- run --settings ... --state ...

FILE holds by how many seconds the clock is ahead; it is read anew at each look at the clock. Only the wall clock is
touched (clock_settime(2) could do no more): what counts the time since the boot goes on as it is.
"""

import sys
import time
from pathlib import Path

from fleetmon import cli


def main() -> None:
    """Run fleetmon with that clock."""
    ahead, right = Path(sys.argv[1]), time.time
    time.time = lambda: right() + float(ahead.read_text())
    sys.argv = ["fleetmon", *sys.argv[3:]]
    cli.main()


if __name__ == "__main__":
    main()

"""`python -m fleetmon.cli` is `fleetmon`."""

from fleetmon.cli import main

main()

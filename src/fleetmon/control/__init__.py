"""The local door of a running daemon: what is going on, live, and why, even with the uplink cut.

`address` is where the door stands, `server` keeps it, `caller` is the one who knocks; `status`, `alerts` and
`explain` are what the daemon answers. JSON lines both ways: `{"ask": "status"}` brings `{"answer": "status", "data":
{...}}`, or `{"error": "..."}`. Who asks is known from the kernel, not from what they say.
"""

from fleetmon.control.address import NAME, ControlTaken, default_path, listen
from fleetmon.control.caller import Caller, NoAnswerThere
from fleetmon.control.server import Ask, Control, Refused

__all__ = ["NAME", "Ask", "Caller", "Control", "ControlTaken", "NoAnswerThere", "Refused", "default_path", "listen"]

"""The program that is started for one message to Apprise: what to say comes in by standard input, as JSON.

A process of its own, so that a plugin that hangs, leaks or dies does so elsewhere. Nothing of the message is in its
arguments, which everybody on the computer can read, and nothing that Apprise says of it is passed on: its complaints
may repeat a URL, and those are passwords. The exit alone tells how it went.
"""

import json
import sys
from enum import IntEnum


class Exit(IntEnum):
    """How it went."""

    SENT = 0
    NOT_SENT = 1
    NOT_UNDERSTOOD = 2
    NOT_INSTALLED = 3


def main() -> Exit:
    """Send one message to all URLs."""
    try:
        import apprise
    except ModuleNotFoundError:
        return Exit.NOT_INSTALLED
    told = json.load(sys.stdin)
    there = apprise.Apprise()
    if not all(there.add(url) for url in told["urls"]):
        return Exit.NOT_UNDERSTOOD
    sent = there.notify(body=told["body"], title=told["title"], notify_type=told["kind"])
    return Exit.SENT if sent else Exit.NOT_SENT


if __name__ == "__main__":
    sys.exit(main())

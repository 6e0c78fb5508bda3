"""What may be asked of a running daemon, over MQTT or at its local socket alike.

`commands` keeps the rules that hold for every command (once, in time, told to everybody afterwards), `verbs` and
`alerting` are what there is to ask.
"""

from fleetmon.commands.commands import Commands

__all__ = ["Commands"]

"""Machines on lines of bytes and on Modbus: from a definition to requests, from replies to Reports."""

from fleetmon.decode.lines.described import Described, described
from fleetmon.decode.lines.placed import Fields, Value
from fleetmon.decode.lines.plan import Named, asks
from fleetmon.decode.lines.poll import poll
from fleetmon.decode.lines.replies import fields_of
from fleetmon.decode.lines.understanding import LineMet, understand

__all__ = ["Described", "Fields", "LineMet", "Named", "Value", "asks", "described", "fields_of", "poll", "understand"]

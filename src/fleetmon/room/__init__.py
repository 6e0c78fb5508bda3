"""A monitoring room's picture of one site or a thousand, from what they publish.

`hearing` takes messages in and knows the sites, `reading` is what it understands of a message, `pictures` are what it
shows, `findings` what is wrong in a picture, worst first: all of these are pure.
`listening` alone connects a room to a broker.
"""

from fleetmon.room.findings import Finding, Level, findings, worst
from fleetmon.room.hearing import TOPICS, Room
from fleetmon.room.listening import Listening
from fleetmon.room.pictures import FaultPicture, MachinePicture, RoomPicture, SitePicture, SupplyPicture, UplinkPicture

__all__ = [
    "TOPICS",
    "FaultPicture",
    "Finding",
    "Level",
    "Listening",
    "MachinePicture",
    "Room",
    "RoomPicture",
    "SitePicture",
    "SupplyPicture",
    "UplinkPicture",
    "findings",
    "worst",
]

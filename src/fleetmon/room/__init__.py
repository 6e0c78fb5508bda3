"""A monitoring room's picture of one site or a thousand, from what they publish.

`hearing` takes messages in and knows the sites, `reading` is what it understands of a message, `pictures` are what it
shows, `findings` what is wrong in a picture, worst first. All of it is pure: who connects, and when, is for others.
"""

from fleetmon.room.findings import Finding, Level, findings, worst
from fleetmon.room.hearing import TOPICS, Room
from fleetmon.room.pictures import FaultPicture, MachinePicture, RoomPicture, SitePicture, SupplyPicture, UplinkPicture

__all__ = [
    "TOPICS",
    "FaultPicture",
    "Finding",
    "Level",
    "MachinePicture",
    "Room",
    "RoomPicture",
    "SitePicture",
    "SupplyPicture",
    "UplinkPicture",
    "findings",
    "worst",
]

"""A passport office as a plant: lines of machines with buffers between them, people, demand, and the whole truth."""

from .layout import Office
from .office_file import load_plant_office, read_office
from .plant import Plant
from .truth import Stop

__all__ = ["Office", "Plant", "Stop", "load_plant_office", "read_office"]

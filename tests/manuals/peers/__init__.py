"""Machines of the manuals, made from the manuals alone: nothing here knows fleetmon."""

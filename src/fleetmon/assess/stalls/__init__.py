"""Stalls: a machine that makes nothing although work waits, whatever it says of itself."""

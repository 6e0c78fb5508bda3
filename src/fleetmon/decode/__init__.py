"""Bytes and varbinds to reports; pure: no clock, no log, no network."""

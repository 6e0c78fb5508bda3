"""Offices and scenarios as files: what stands there, what happens when, and a plant set up for it."""

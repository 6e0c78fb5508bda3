"""Machines that were recorded, by fleetmon or by other tools, as rows that are served again."""

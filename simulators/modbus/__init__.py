"""Simulated machines on Modbus: frames, the registers of a unit, and several units on one bus."""

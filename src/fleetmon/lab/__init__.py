"""The simulators put to work: an office on the wire for a technician, recordings served again, runs in virtual time.

Only this room (with the demonstration and the command line) knows both fleetmon and the simulators, which know nothing
of fleetmon.
"""

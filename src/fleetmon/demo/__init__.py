"""`fleetmon demo`: a broker, a simulated office, the daemon and a live table, in one command and without hardware."""

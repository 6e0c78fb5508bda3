"""One machine in time: what it makes, what it needs, what goes wrong with it, and what may be done to it."""

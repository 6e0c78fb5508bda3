"""A simulated office run for people: on the wire, in a terminal, with a door for orders."""

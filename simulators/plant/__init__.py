"""A passport office as a plant: lines of machines with buffers between them, people, demand, and the whole truth."""

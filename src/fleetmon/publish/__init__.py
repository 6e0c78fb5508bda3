"""What leaves the house: the contract, the outbox, the wire."""

"""How the bytes of simulated machines travel: over a pty, over TCP, over RFC 2217."""

"""What a poll may not do in virtual time either."""

from fleetmon.errors import LinkError


class TooLong(LinkError):
    """A poll took longer than polls may, though it was answered all along."""

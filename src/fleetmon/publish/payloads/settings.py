"""Payloads about the settings a site runs with: what a reload changed, or why it was refused."""

from typing import Annotated

from pydantic import Field

from fleetmon.publish.payloads.base import Payload

NAMED_AT_MOST = 100


class SettingsChanged(Payload):
    """The settings of machines changed while running; machines that are not named were not touched.

    At most 100 are named of each, the others in events that follow; the counts are of those that are named.
    """

    added: list[str]
    changed: list[str]
    removed: Annotated[list[str], Field(description="their retained topics are emptied, their faults end unsaid")]
    added_count: int
    changed_count: int
    removed_count: int


class SettingsRefused(Payload):
    """Settings that could not be used, with the place and the reason; the former ones go on."""

    problems: Annotated[str, Field(description="one problem a line, as `fleetmon check` prints them")]

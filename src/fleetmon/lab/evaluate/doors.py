"""At whose door a standstill lies where the culprit has no wire: an inspection desk at which nobody is.

Nobody who watches machines can name such a desk. What can be seen is that the machine next to it stands while work
waits; to tell that is right, though nobody is bound to. Machines farther away wait for that one.
"""

from collections.abc import Container

from fleetmon.simulators.plant import Plant, Stop


def nearest(stop: Stop, plant: Plant, watched: Container[str]) -> tuple[str, ...]:
    """The watched machines next to the station for which a machine waits, on its side of the line; none where that
    station is watched itself, makes its documents slowly, or rests as planned."""
    culprit, waits = plant.posts.get(stop.cause), plant.posts[stop.machine]
    if culprit is None or stop.cause in watched or stop.planned or stop.reason == "working":
        return ()
    way = 1 if waits.stage > culprit.stage else -1
    for number in range(culprit.stage + way, waits.stage + way, way):
        names = tuple(post.name for post in waits.line.stages[number] if post.name in watched)
        if names:
            return names
    return ()

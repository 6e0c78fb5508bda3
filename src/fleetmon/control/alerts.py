"""What a daemon says of its alerts at the control socket: the very payloads it publishes, and the stops people planned.

The alerts are taken from the table of views, as the status is: what an engineer sees with the uplink cut is what the
room would see.
"""

from fleetmon.model.messages import Json
from fleetmon.publish.alerts import planned_stop
from fleetmon.publish.contract import dump
from fleetmon.publish.envelope import rfc3339
from fleetmon.site import Site


def alerts(site: Site) -> dict[str, Json]:
    """The answer to `{"ask": "alerts"}`: site, time, alerts (by the name of their topic), planned_stops."""
    stops = site.monitor.production.planned_stops()
    return {
        "site": site.settings.site.id,
        "time": rfc3339(site.clock.now().utc),
        "alerts": dict(site.views.told("alert")),
        "planned_stops": [dump(planned_stop(stop, site.monitor.plan)) for stop in stops],
    }

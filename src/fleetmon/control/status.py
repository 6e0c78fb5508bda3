"""What a daemon says of itself at the control socket: the very payloads it publishes, and its uplink and outbox.

The states are taken from the table of views, not made anew: what is shown here is what subscribers are shown, and a
thousand machines cost the daemon no more than writing them down.
"""

from collections.abc import Mapping

import fleetmon
from fleetmon.model.messages import Json
from fleetmon.model.report import At
from fleetmon.publish.envelope import rfc3339
from fleetmon.publish.mqtt import UplinkStatus
from fleetmon.publish.outbox import Figures
from fleetmon.site import Site


def status(site: Site) -> dict[str, Json]:
    """The answer to `{"ask": "status"}`: site, time, session, uplink, outbox, notify, heartbeat, inventory,
    machines (the inventory of each), states."""
    now = site.clock.now()
    inventory = site.views.told("inventory")
    return {
        "site": site.settings.site.id,
        "time": rfc3339(now.utc),
        "session": _session(site, now),
        "uplink": _uplink(site, site.uplink.status) if site.uplink else None,
        "outbox": _outbox(site.outbox.figures, now),
        "notify": site.notify.status() if site.notify else [],
        "heartbeat": _heartbeat(site),
        "inventory": inventory.pop("", {}),
        "machines": dict(inventory),
        "states": dict(site.views.told("state")),
    }


def _session(site: Site, now: At) -> dict[str, Json]:
    """A daemon that answers is online, whatever the broker knows."""
    return {
        "state": "online",
        "session": site.uplink.session if site.uplink else 0,
        "stream": site.outbox.figures.stream,
        "bootid": now.boot,
        "heartbeat_s": site.settings.mqtt.heartbeat,
        "versions": {"fleetmon": fleetmon.__version__, "contract": "1"},
    }


def _heartbeat(site: Site) -> dict[str, Json]:
    """Asking must not change what the next heartbeat tells: the lag is counted from one to the next."""
    lag_s = site.loop_lag_s
    beat = site.heartbeat()
    site.loop_lag_s = lag_s
    return beat


def _uplink(site: Site, uplink: UplinkStatus) -> dict[str, Json]:
    url = site.settings.mqtt.url
    return {
        "broker": f"{url.host}:{url.port}",
        "connected": uplink.connected,
        "since": rfc3339(uplink.since.utc),
        "trouble": uplink.trouble.value if uplink.trouble else None,
        "text": uplink.text,
        "rtt_s": uplink.rtt_s,
        "refused": uplink.refused,
        "refusal": uplink.refusal,
        "taken_over": uplink.taken_over,
        "replays": uplink.replays,
        "confirmations": {str(verdict): count for verdict, count in uplink.confirmations.items()},
    }


def _outbox(figures: Figures, now: At) -> dict[str, Json]:
    acked_by: Mapping[str, int] = figures.acked_by
    oldest = figures.oldest_unacked
    return {
        "stream": figures.stream,
        "head": figures.head,
        "acked": figures.acked,
        "acked_by": dict(acked_by),
        "unmoved_s": {each.name: round(now.since(each.moved), 3) for each in figures.consumers},
        "first_kept": figures.first,
        "oldest_unacked_s": None if oldest is None else round(now.since(oldest), 3),
        "evicted": figures.evicted,
        "unwritten": figures.unwritten,
    }

"""Which machines are lost, and whether that is the network of the site rather than each of them."""

from collections.abc import Iterable

from fleetmon.assess.alerting.site_claims import network_claim
from fleetmon.model.alerts import Claim, Condition
from fleetmon.model.report import At


class Network:
    """Of one site. `claim` stands while the network is taken to be lost."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._lost: dict[str, At] = {}
        self.claim: Claim | None = None

    def seen(self, machine: str, lost: bool, silent: Iterable[Claim], machines: int, at: At) -> bool:
        """A machine is lost, for what its claims tell, or it is not; whether that changes the claim of the site."""
        gone = (claim.seen for claim in silent if claim.stops and claim.condition is Condition.CONTACT_LOST)
        since = next(gone, None) if lost else None
        if since is not None:
            self._lost[machine] = since
        elif self._lost.pop(machine, None) is None:
            return False
        before = self.claim
        return self.judge(machines, at) != before

    def judge(self, machines: int, at: At) -> Claim | None:
        """The claim as it is with so many machines."""
        self.claim = network_claim(self._lost, machines, self._site, at, self.claim)
        return self.claim

    def forget(self, machine: str) -> None:
        """The machine is watched no more."""
        self._lost.pop(machine, None)

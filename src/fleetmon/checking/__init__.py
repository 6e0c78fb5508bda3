"""What can be found out before the daemon is started, so that a site engineer is not left to read its log.

Each module looks at one thing and returns Findings; none of them changes anything, on this computer or elsewhere.
"""

from fleetmon.checking.finding import Finding, Weight

__all__ = ["Finding", "Weight"]

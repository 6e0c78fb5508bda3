"""fleetmon watches the machines that make passports and tells the monitoring room what stopped and why.

The folders `drivers`, `simulators`, `config` and `systemd` stand at the top of a checkout, where people look for them,
and inside this package in a wheel, where the program finds them. In a checkout the package's search path is therefore
extended by the checkout's root, so that `importlib.resources.files("fleetmon.drivers")` is right in both.
"""

from pathlib import Path

__version__ = "0.1.0"

_here = Path(__file__).resolve()
_root = _here.parents[2]
if _here == _root / "src" / "fleetmon" / "__init__.py":
    __path__.append(str(_root))

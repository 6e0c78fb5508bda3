"""structlog loaded by itself, to be imported before anything that logs.

It would load rich, where that is installed, to draw tracebacks. The daemon draws none, and rich with all it brings is a
tenth of the memory that the daemon needs before the first machine.
"""

import sys
from importlib import import_module

if "rich" not in sys.modules and "structlog" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # importing it fails, as where it is not installed
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]

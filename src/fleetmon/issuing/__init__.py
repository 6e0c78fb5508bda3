"""What the issuing system tells a site: how many documents are ready to be made, over MQTT or in a file.

`issuing` takes the words and hands them to the monitor, `drop` reads the file.
"""

from fleetmon.issuing.issuing import Issuing

__all__ = ["Issuing"]

"""Machines on a line of bytes: behind a serial port, a device server or a TCP port of their own.

`ports` knows every port in use and whose turn it is, `bus` holds the conversations on one port, `link` is a machine's
own view of that; `device`, `tcp` and `rfc2217` carry the octets.
"""

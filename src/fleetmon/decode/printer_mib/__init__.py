"""Printer-MIB and HOST-RESOURCES machines (RFC 3805, RFC 2790, RFC 3806): what to ask, and what the answers mean.

`mib` names the objects, `dialogue` asks for them, `decode` turns everything heard into one Report with the help of
`status`, `alerts`, `supplies` and `identity`.
"""

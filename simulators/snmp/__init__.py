"""What a machine's SNMP agent lists, and how it answers in versions 1, 2c and 3."""

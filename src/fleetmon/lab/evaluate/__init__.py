"""Whether alerts are few, right and early: scenarios in virtual time, and what was told held against the truth."""

"""A device sheet: what a machine is and says of itself, read from `machines/*.toml` into plain data."""

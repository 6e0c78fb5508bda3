"""The scenarios that come with fleetmon, one TOML file each, and a command that plays them without a wire."""

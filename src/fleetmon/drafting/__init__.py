"""A new driver, begun: a folder that loads, from what a machine was heard to say, for a person to give it meaning."""

"""What a machine said, kept without what must not be told, and asked again."""

"""I/O with machines; each library that touches the world stands in one file."""

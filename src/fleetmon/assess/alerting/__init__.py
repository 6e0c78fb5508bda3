"""From what machines say to alerts that people act on; pure, `at` is always passed in."""

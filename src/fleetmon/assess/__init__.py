"""What the reports mean; pure, `now` is always passed in."""

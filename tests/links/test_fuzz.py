"""The fuzz target of the bench folder, for a few seconds: the same lies, fewer of them."""

import os
import subprocess
import sys


def test_thousands_of_lies_end_as_replies_silence_or_garbled(root):
    """No other exception, nothing on stderr, no reply that holds what was not asked; the script judges by its books."""
    command = [sys.executable, str(root / "bench" / "fuzz_snmp.py"), "--count", "10000"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=os.environ)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "other exceptions, broken promises: 0" in ran.stdout
    assert "on stderr: 0 octets" in ran.stdout
    assert ran.stderr == ""

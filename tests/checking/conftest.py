"""Certificates of every kind, made by openssl, which nobody here wrote."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


@dataclass(frozen=True)
class Authority:
    """Signs certificates in its folder: NAME.pem with NAME.key."""

    folder: Path

    def make(self) -> None:
        """The authority itself: ca.pem, for a hundred days."""
        key, own = self.folder / "ca.key", self.folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", own, "-subj", "/CN=authority", "-days", "100")  # fmt: skip

    def sign(self, name: str, days: int = 90) -> tuple[Path, Path]:
        """A certificate made out to `name` and 127.0.0.1, and its key."""
        key, request, own = (self.folder / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", request, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key",
                "-out", own, "-days", str(days), "-copy_extensions", "copyall", "-CAcreateserial")  # fmt: skip
        return own, key


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority of the test's own."""
    made = Authority(tmp_path)
    made.make()
    return made

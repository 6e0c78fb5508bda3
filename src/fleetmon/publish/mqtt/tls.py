"""TLS towards the broker, and what is to be known of our own certificate before it is blamed on the network.

With TLS 1.3 a broker refuses a client's certificate after the handshake is done (RFC 8446, section 2), so the refusal
arrives as a closed connection or not at all. The dates in our own certificate are a likely cause and can be read here.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fleetmon.publish.envelope import rfc3339

TLS_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}  # as in `[mqtt] tls_minimum`


@dataclass(frozen=True, slots=True)
class Tls:
    """Who signed the broker's certificate (None: whom the system trusts), and our own certificate and key (PEM)."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3

    def context(self) -> ssl.SSLContext:
        """Read anew for each connection, so that a renewed certificate is used. Raises OSError, ssl.SSLError."""
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = self.minimum
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


def validity(certificate: Path) -> tuple[float, float] | None:
    """From when until when a certificate is valid, in seconds since 1970; None where it cannot be read."""
    try:
        dates = _decoded(certificate)
        return ssl.cert_time_to_seconds(dates["notBefore"]), ssl.cert_time_to_seconds(dates["notAfter"])
    except (OSError, KeyError, ValueError):  # ssl.SSLError is an OSError
        return None


def common_name(certificate: Path) -> str | None:
    """Whom a certificate was made out to; None where it does not say or cannot be read."""
    try:
        subject = _decoded(certificate).get("subject", ())
    except (OSError, ValueError):
        return None
    names = [value for part in subject for key, value in part if key == "commonName"]
    return str(names[0]) if names else None


def _decoded(certificate: Path) -> dict[str, Any]:
    # The interpreter can read a certificate that is no peer's only through this private door, kept for its own tests.
    decode = getattr(getattr(ssl, "_ssl", None), "_test_decode_cert", None)
    return dict(decode(str(certificate))) if decode else {}


def suspicion(tls: Tls | None, utc: float) -> str:
    """What our own certificate's dates have to say about a refused connection; empty when they are in order."""
    dates = validity(tls.certificate) if tls and tls.certificate else None
    if dates and utc > dates[1]:
        return f"our certificate {tls and tls.certificate} expired at {rfc3339(dates[1])}"
    if dates and utc < dates[0]:
        return f"our certificate {tls and tls.certificate} is valid only from {rfc3339(dates[0])}, by our clock"
    return ""

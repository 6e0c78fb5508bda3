"""The site's certificate and key, as the broker will see them: do they fit each other, the site, and the date?"""

import ssl
from collections.abc import Iterator
from pathlib import Path

from fleetmon.checking.finding import Finding, Weight
from fleetmon.publish.mqtt.tls import Tls, common_name, validity

_DAY_S = 86400
_SOON_DAYS = 30
_ENCRYPTED = b"ENCRYPTED"


def certificates(tls: Tls | None, site: str, utc: float) -> list[Finding]:
    """What is to be known of the files of TLS at a moment (seconds since 1970); nothing where TLS is not used."""
    if tls is None:
        return []
    if tls.key is not None and _ENCRYPTED in tls.key.read_bytes():
        text = "is locked with a passphrase, and nobody is there to type it: openssl pkey -in KEY -out OPEN-KEY"
        return [Finding(Weight.PROBLEM, str(tls.key), text)]
    if wrong := _unusable(tls):
        return [wrong]
    found = [Finding(Weight.OK, "certificates", "they can be used, and the key belongs to its certificate")]
    if tls.certificate is not None:
        found += [*_dates(tls.certificate, "the site's certificate", utc), *_name(tls.certificate, site)]
    if tls.ca is not None:
        found += _dates(tls.ca, "the authority's certificate", utc)
    return found


def _unusable(tls: Tls) -> Finding | None:
    try:
        tls.context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.reason or "" if isinstance(error, ssl.SSLError) else ""
        if "MISMATCH" in reason:
            return Finding(Weight.PROBLEM, str(tls.certificate), f"the key {tls.key} belongs to another certificate")
        files = ", ".join(str(each) for each in (tls.ca, tls.certificate, tls.key) if each)
        words = reason.replace("_", " ").lower() or str(error)
        return Finding(Weight.PROBLEM, files, f"cannot be used: {words}; all of them must be PEM")
    return None


def _dates(file: Path, what: str, utc: float) -> Iterator[Finding]:
    """Thirty days are enough to get a new one, seven are not: the days are named and the reader judges."""
    dates = validity(file)
    if dates is None:
        return
    begins, ends = dates
    days = (ends - utc) / _DAY_S
    if utc < begins:
        yield Finding(Weight.PROBLEM, str(file), f"{what} is not valid yet; or is the clock wrong?")
    elif days < 0:
        yield Finding(Weight.PROBLEM, str(file), f"{what} ended {-days:.0f} days ago; the broker will refuse it")
    elif days < _SOON_DAYS:
        yield Finding(Weight.WARNING, str(file), f"{what} ends in {days:.0f} days: have a new one made")
    else:
        yield Finding(Weight.OK, str(file), f"{what} is valid for {days:.0f} days")


def _name(file: Path, site: str) -> Iterator[Finding]:
    name = common_name(file)
    if name != site:
        text = (
            f"is made out to {name!r}, the site's id is {site!r}: a broker with our access rules lets nothing through"
        )
        yield Finding(Weight.WARNING, str(file), text)

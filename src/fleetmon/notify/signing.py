"""How a message to a webhook is signed: as Standard Webhooks 1.0 says, for which receivers find libraries.

Three headers: the message's id (the same at every attempt, so that a repetition can be told), the time of this attempt
in seconds since 1970, and `v1,` with the base64 of HMAC-SHA256 (RFC 2104) over `id.time.body`. The time is under the
signature, so that a message that was overheard cannot be sent again later.
"""

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def signed(secret: str, id_: str, utc: float, body: bytes) -> tuple[tuple[str, str], ...]:
    """The headers for one attempt."""
    time = str(int(utc))
    content = b".".join((id_.encode("ascii"), time.encode("ascii"), body))
    code = hmac.new(key(secret), content, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(code).decode('ascii')}"
    return ("webhook-id", id_), ("webhook-timestamp", time), ("webhook-signature", signature)


def key(secret: str) -> bytes:
    """The octets that sign: those behind `whsec_` in base64, or else the text itself."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()

"""Whether the broker lets the site in and takes what it says.

Only while the daemon is not running: where the broker gives out client ids by certificate, a second connection under
the same certificate would throw the first one off. What is sent is an empty message to a topic nobody reads, not
retained. Whether the broker would deliver to us cannot be seen from here: it grants subscriptions it never serves.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from fleetmon.checking.finding import Finding, Weight
from fleetmon.publish.mqtt import Trouble, UplinkPlan
from fleetmon.publish.mqtt.trouble import WireDown
from fleetmon.publish.mqtt.wire import Wire

_TOPIC = "check"
_HINTS = {
    Trouble.NAME: "is it spelled as the name server knows it, is the name server up?",
    Trouble.REFUSED: "nobody listens there: is the broker running, is the port right?",
    Trouble.UNREACHABLE: "is there a route to it?",
    Trouble.TIMEOUT: "no answer: does a firewall drop it, is the address right?",
    Trouble.TLS: "is `ca` who signed the broker's certificate, is the host its name, is ours signed by whom it trusts?",
    Trouble.DENIED: "it does not know the user, the password or the certificate's common name",
    Trouble.CLOSED: "is it an MQTT 5 broker, with TLS (mqtts://) or without (mqtt://), does it trust our certificate?",
}


async def broker(plan: UplinkPlan) -> Finding:
    """Connect, say one thing, leave."""
    about = f"broker {plan.broker}"
    # an id of its own: a daemon elsewhere under the site's id is not thrown off, unless the broker hands ids out itself
    plan = replace(plan, client_id=f"{plan.client_id or plan.site}-check", session_expiry_s=0, will_delay_s=0)
    try:
        wire = Wire(plan, b"")
        await wire.open()
        try:
            refusal = await _say(wire, plan.up(_TOPIC), plan.timeout_s)
        finally:
            await wire.close()
    except WireDown as down:
        hint = _HINTS.get(down.trouble)
        return Finding(Weight.PROBLEM, about, f"{down.trouble}: {down}{f'; {hint}' if hint else ''}")
    if refusal is not None:
        text = f"it lets us in, but does not take messages ({refusal}): its access rules must let {plan.site} write "
        return Finding(Weight.PROBLEM, about, f"{text}{plan.up('#')}")
    return Finding(Weight.OK, about, f"it lets us in and takes messages below {plan.up('#')}")


async def _say(wire: Wire, topic: str, timeout_s: float) -> str | None:
    """Why the broker did not take an empty message; None when it has. Raises WireDown."""
    answer = wire.post(topic, b"", qos=1, retain=False)
    listening = asyncio.create_task(_listen(wire), name="listen")
    try:
        done, _ = await asyncio.wait((answer, listening), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if answer in done:
            return answer.result()
        if listening in done:
            listening.result()  # raises WireDown
        return f"no answer within {timeout_s:g} s"
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError, WireDown):
            await listening


async def _listen(wire: Wire) -> None:
    async for _ in wire.messages():
        pass

"""The allow-lists: requests that are known to change nothing, by protocol.

Each is one complete request, so that nothing can be hidden behind it. A request that is not listed here needs the
page of a manual that calls it harmless; what can move, print, reset or set something is not listed at all. The
patterns are for octets as `words.written` writes them. Sources: the vendors' manuals named beside each list.
"""

import re
from typing import Final

from fleetmon.definition.words import octets, written

PROTOCOLS: Final[dict[str, tuple[str, ...]]] = {
    # ZPL II Programming Guide: ~HS, ~HQ, ~HI, ~HD; SGD getvar
    "zpl": (
        r"~HS(<CR>)?(<LF>)?",
        r"~HQ(ES|HA|JT|MA|MI|OD|PH|PP|SN|UI)(<CR>)?(<LF>)?",
        r"~H[ID](<CR>)?(<LF>)?",
        r'! U1 getvar "[a-z0-9._]{1,64}"(<CR>)?<LF>',
    ),
    # HP PJL Technical Reference Manual, chapter 7: readback commands between two UELs
    "pjl": (
        (
            r"<ESC>%-12345X@PJL ?<CR><LF>(@PJL ECHO [A-Za-z0-9 ._-]{1,64}<CR><LF>)?"
            r"(@PJL INFO (ID|CONFIG|PAGECOUNT|STATUS|SUPPLIES|PRODINFO)<CR><LF>)+<ESC>%-12345X"
        ),
    ),
    # Epson ESC/POS application programming guide: DLE EOT n, real-time status
    "escpos": (r"<DLE><EOT><(SOH|STX|ETX|EOT|ENQ)>",),
    # Evolis Premium Suite: JSON-RPC requests that only read
    "evolis_rpc": (
        (
            r'\{"jsonrpc":"2\.0","id":"[A-Za-z0-9]{1,32}","method":"(SUPERVISION\.(List|GetState|GetEvent)|CMD\.GetStatus|ECHO\.Echo)"'
            r'(,"params":\{("[a-z]{1,16}":"[A-Za-z0-9 ._{}-]{0,64}",?){0,3}\})?\}(<CR>)?(<LF>)?'
        ),
    ),
    # Evolis Programming Guide A5013: commands beginning with R read
    "evolis": (r"<ESC>R(tp|sn|fv|co;[pcamniI]|cr|lr(;[pr])?|se;[cmopr]|em)<CR>",),
    # Lapis LAMINA006 manual p. 19: a command without data reads its value back
    "lapis": (r"<ESC>[A-Z]<CR>",),
    # TSC TSPL/TSPL2: immediate status
    "tspl": (r"<ESC>!(\?|S)",),
    # SATO SBPL: status request
    "sbpl": (r"<ENQ>",),
    # IXLA SDK
    "ixla": (r'<3C>command name="machinestatus" /<3E>',),
    # IEEE 488.2: queries that leave all registers as they are (*ESR? and SYST:ERR? clear what they tell)
    "ieee488": (r"\*(IDN|STB|OPT)\?(<CR>)?(<LF>)?",),
}


def allowed(protocol: str | None, ask: str) -> bool:
    """Whether a request is on the list of its protocol, however its octets are spelt."""
    plain = written(octets(ask))
    return any(re.fullmatch(pattern, plain) for pattern in PROTOCOLS.get(protocol or "", ()))

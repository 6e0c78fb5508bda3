"""The allow-lists: requests that are known to change nothing, by protocol.

Each is one complete request with all that goes over the line, so that nothing can be hidden behind it. A request that
is not listed here needs the page of a manual that calls it harmless; what can move, print, reset or set something is
not listed at all, nor what a machine would take for print data if it came in the middle of a job. The patterns are for
octets as `words.written` writes them; `{unit}` may stand only where they name it, inside quotes or the like, since what
the settings put there would else become a part of the command. Sources: the vendors' manuals named beside each list.
"""

import re
from typing import Final

from fleetmon.definition.words import octets, written

_END = r"(<CR>)?(<LF>)?"
_VALUE = r'"([A-Za-z0-9 ._-]|\{unit\}){0,64}"'

PROTOCOLS: Final[dict[str, tuple[str, ...]]] = {
    # ZPL II Programming Guide: ~HS, ~HQ, ~HI, ~HD; SGD getvar
    "zpl": (
        rf"~HS{_END}",
        rf"~HQ(ES|HA|JT|MA|MI|OD|PH|PP|SN|UI){_END}",
        rf"~H[ID]{_END}",
        r'! U1 getvar "[a-z0-9._]{1,64}"(<CR>)?<LF>',
    ),
    # Zebra kiosk printers (Swecoin TTP 7030/8000): status, paper near its end
    "zebra_ttp": (r"<ESC><ENQ>(<SOH>|<STX>)",),
    # HP PJL Technical Reference Manual, chapter 7: readback commands between two UELs
    "pjl": (
        (
            r"<ESC>%-12345X@PJL ?<CR><LF>(@PJL ECHO [A-Za-z0-9 ._-]{1,64}<CR><LF>)?"
            r"(@PJL INFO (ID|CONFIG|PAGECOUNT|STATUS|VARIABLES|USTATUS|SUPPLIES|PRODINFO)<CR><LF>)+<ESC>%-12345X"
        ),
    ),
    # Epson ESC/POS application programming guide: DLE EOT n, real-time status. GS r is not: it waits in the print data
    "escpos": (r"<DLE><EOT><(SOH|STX|ETX|EOT|ENQ)>",),
    # Evolis Premium Suite: JSON-RPC requests that only read
    "evolis_rpc": (
        (
            r'\{"jsonrpc":"2\.0","id":"[A-Za-z0-9]{1,32}",'
            r'"method":"(SUPERVISION\.(List|GetState|GetEvent)|CMD\.GetStatus|ECHO\.Echo)"'
            rf'(,"params":\{{("[a-z]{{1,16}}":{_VALUE}(,"[a-z]{{1,16}}":{_VALUE}){{0,2}})?\}})?\}}{_END}'
        ),
    ),
    # Evolis Programming Guide A5013: commands beginning with R read
    "evolis": (r"<ESC>R(tp|sn|fv|co;[pcamniI]|cr|lr(;[pr])?|se;[cmopr]|em)<CR>",),
    # Lapis LAMINA006 manual p. 19: a command without data reads its value back. T is the only one on that page
    "lapis": (r"<ESC>T<CR>",),
    # TSC TSPL/TSPL2: immediate status
    "tspl": (r"<ESC>!(\?|S)",),
    # SATO SBPL: status request
    "sbpl": (r"<ENQ>",),
    # Star TSP400 class: status
    "star": (r"<ENQ>",),
    # cab label printers: status
    "cab": (r"<ESC>s",),
    # Olivetti PR2 family, controlled procedure: status request
    "olivetti_pr2": (r"<ESC>j",),
    # Unisys EFP9800: status, tallies
    "unisys_efp": (r"<ESC>\[[14]",),
    # IXLA SDK
    "ixla": (r'<3C>command name="machinestatus" /<3E>',),
    # IEEE 488.2: queries that leave all registers as they are (*ESR? and SYST:ERR? clear what they tell)
    "ieee488": (rf"\*(IDN|STB|OPT)\?{_END}",),
}


def allowed(protocol: str | None, ask: str, end: bytes = b"") -> bool:
    """Whether a request, with the octets that `end` it on the line, is on the list of its protocol, however its octets
    are spelt."""
    plain = written(octets(ask) + end)
    return any(re.fullmatch(pattern, plain) for pattern in PROTOCOLS.get(protocol or "", ()))

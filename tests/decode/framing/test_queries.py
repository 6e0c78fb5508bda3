"""The allow-lists: what is documented as harmless passes, and nothing else, however it is dressed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.definition.queries import PROTOCOLS, allowed
from fleetmon.definition.words import octets, written

UEL = "<ESC>%-12345X"
DOCUMENTED = {
    "zpl": [
        "~HS", "~HS<CR>", "~HS<CR><LF>", "~HS<LF>", "~HQES", "~HQHA", "~HQJT", "~HQMA", "~HQMI", "~HQOD", "~HQPH",
        "~HQPP", "~HQSN", "~HQUI<CR><LF>", "~HI", "~HD", '! U1 getvar "device.host_status"<CR><LF>',
        '! U1 getvar "media.speed"<LF>',
    ],
    "zebra_ttp": ["<ESC><ENQ><01>", "<1B><05><02>"],
    "pjl": [
        f"{UEL}@PJL<CR><LF>@PJL INFO STATUS<CR><LF>{UEL}",
        f"{UEL}@PJL <CR><LF>@PJL ECHO fleetmon 7<CR><LF>@PJL INFO STATUS<CR><LF>@PJL INFO PAGECOUNT<CR><LF>{UEL}",
        *(
            f"{UEL}@PJL<CR><LF>@PJL INFO {what}<CR><LF>{UEL}"
            for what in ("ID", "CONFIG", "PAGECOUNT", "VARIABLES", "USTATUS", "SUPPLIES", "PRODINFO")
        ),
    ],
    "escpos": [f"<10><04><{n:02X}>" for n in range(1, 6)],
    "evolis_rpc": [
        '{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.GetState","params":{"device":"{unit}"}}',
        '{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.List","params":{"device":"","level":"2"}}',
        '{"jsonrpc":"2.0","id":"a1","method":"SUPERVISION.GetEvent","params":{"device":"Evolis Primacy 2"}}<LF>',
        '{"jsonrpc":"2.0","id":"1","method":"CMD.GetStatus","params":{"device":"{unit}"}}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{}}',
    ],
    "evolis": [
        f"<ESC>{command}<CR>"
        for command in ("Rtp", "Rsn", "Rfv", "Rco;p", "Rco;c", "Rco;I", "Rcr", "Rlr", "Rlr;p", "Rlr;r", "Rse;o", "Rem")
    ],
    "lapis": ["<ESC>T<CR>"],
    "tspl": ["<ESC>!?", "<1B><21><53>"],
    "sbpl": ["<ENQ>"],
    "star": ["<05>"],
    "cab": ["<ESC>s"],
    "olivetti_pr2": ["<ESC>j"],
    "unisys_efp": ["<ESC>[1", "<ESC>[4"],
    "ixla": ['<3C>command name="machinestatus" /<3E>'],
    "ieee488": ["*IDN?<LF>", "*STB?", "*OPT?<CR><LF>"],
}  # fmt: skip
HARMFUL = {
    "zpl": [
        "~JR", "^XA^XZ", "~HS~JR", "~HS<CR><LF>~JA", "~HS<CR><LF><CR><LF>", "~hs", "~HSx", "x~HS", "~HQES~JX", "~HQ",
        "~HQZZ", "~JS", "~WC", "~HM^XA^JUF^XZ", '! U1 setvar "device.languages" "zpl"<CR><LF>',
        '! U1 do "device.reset" ""<CR><LF>', '! U1 getvar "x"<CR><LF>! U1 do "device.reset" ""<CR><LF>',
        '! U1 getvar "a"b"<CR><LF>', '! U1 getvar "{unit}"<CR><LF>', "~H{unit}", "{unit}", "~HS{unit}", "~HS ",
    ],
    "zebra_ttp": ["<ESC><ENQ><03>", "<ESC><ENQ>", "<ESC><ENQ><01><ESC>@", "<ESC>@"],
    "pjl": [
        f"{UEL}@PJL<CR><LF>@PJL RESET<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL SET RDYMSG=1<CR><LF>@PJL INFO ID<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL DEFAULT COPIES=9<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL USTATUS DEVICE=ON<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL INFO STATUS<CR><LF>{UEL}a page",
        f"{UEL}@PJL<CR><LF>@PJL INFO STATUS<CR><LF>@PJL ENTER LANGUAGE=PCL<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL ECHO x<CR><LF>@PJL RESET<CR><LF>@PJL INFO STATUS<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL ECHO {{unit}}<CR><LF>@PJL INFO STATUS<CR><LF>{UEL}",
        f"{UEL}@PJL<CR><LF>@PJL JOB<CR><LF>{UEL}", "@PJL INFO STATUS<CR><LF>", f"{UEL}@PJL<CR><LF>{UEL}",
        f'{UEL}@PJL<CR><LF>@PJL FSDELETE NAME="0:\\x"<CR><LF>{UEL}',
    ],
    "escpos": [
        "<10><05><01>", "<10><05><02>", "<10><14><01><00><01>", "<10><04><06>", "<10><04>", "<10><04><01><1B>@",
        "<1B>@", "<1D>r1", "<10><04><01><10><05><02>", "<1D>V0", "<10><04>1",
    ],
    "evolis_rpc": [
        '{"jsonrpc":"2.0","id":"1","method":"CMD.SendCommand","params":{"command":"Rfv"}}',
        '{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.SetEvent","params":{"device":"a"}}',
        '{"jsonrpc":"2.0","id":"1","method":"CMD.ResetCom","params":{"device":"a"}}',
        '{"jsonrpc":"2.0","id":"1","method":"SUPERVISION.RemoveDevice","params":{"device":"a"}}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","method":"CMD.ResetCom"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{},"method":"CMD.ResetCom"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{"data":"x"},"method":"CMD.ResetCom"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo"}{"jsonrpc":"2.0","id":"2","method":"CMD.ResetCom"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{"data":"\\u0022"}}',
        '{"jsonrpc":"2.0","id":"1","method":"{unit}"}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{"a":"b",}}',
        '{"jsonrpc":"2.0","id":"1","method":"ECHO.Echo","params":{{unit}}}',
    ],
    "evolis": [
        "<ESC>Pem;2<CR>", "<ESC>Si<CR>", "<ESC>Rsn", "<ESC>Rsn<CR><ESC>Si<CR>", "<ESC>Rsn;1<CR>", "<ESC>R{unit}<CR>",
        "<ESC>Rco;x<CR>", "<ESC>Dr;1<CR>", "<ESC>Mv<CR>", "<ESC>Wcb;k;0<CR>",
    ],
    "lapis": ["<ESC>T175<CR>", "<ESC>T<CR><ESC>S1<CR>", "<ESC>{unit}<CR>", "<ESC>S<CR>", "<ESC>T", "<ESC>T{unit}<CR>"],
    "tspl": ["<ESC>!R", "<ESC>!?<ESC>!R", "~!T", "SELFTEST<CR><LF>", "<ESC>!C", "<ESC>!"],
    "sbpl": ["<CAN>", "<ENQ><CAN>", "<DC1>", "<STX><ESC>A<ESC>Z<ETX>", "<ENQ><ENQ>"],
    "star": ["<ENQ><ENQ>", "<ESC>@", "<CAN>", "<EOT>"],
    "cab": ["<ESC>s<ESC>c", "<ESC>c", "<ESC>t", "<ESC>S", "<ESC>!ESC!"],
    "olivetti_pr2": ["<ESC>l", "<ESC>n", "<ESC>0", "<ESC>O", "<ESC>j<ESC>l", "<ESC>J"],
    "unisys_efp": ["<ESC>[2", "<ESC>[1<ESC>[3", "<ESC>[1p", "<ESC>["],
    "ixla": [
        '<3C>command name="passthrough" /<3E>', '<3C>command name="loadpassportjet" /<3E>',
        '<3C>command name="machinestatus" /<3E><3C>command name="reset" /<3E>', '<3C>command name="{unit}" /<3E>',
        '<3C>command name="machinestatus" x="1" /<3E>',
    ],
    "ieee488": ["*RST", "*CLS", "*IDN?;*RST", "*ESR?", "SYST:ERR?", "*STB?<LF>*RST<LF>", "*IDN", "*{unit}?", "*ESE 0"],
}  # fmt: skip


def pairs(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(protocol, request) for each request."""
    return [(protocol, ask) for protocol, asks in table.items() for ask in asks]


def test_every_protocol_is_tried():
    """A list without examples here would be one nobody looked at."""
    assert set(PROTOCOLS) == set(DOCUMENTED) == set(HARMFUL)


@pytest.mark.parametrize(("protocol", "ask"), pairs(DOCUMENTED))
def test_documented_queries_are_allowed(protocol, ask):
    """Also when every octet is written as a number."""
    assert allowed(protocol, ask)
    if "{unit}" not in ask:
        assert allowed(protocol, "".join(f"<{octet:02X}>" for octet in octets(ask)))


@pytest.mark.parametrize(("protocol", "ask"), pairs(HARMFUL))
def test_what_moves_sets_resets_or_hides_something_is_not(protocol, ask):
    """Writes, resets, jobs, two requests glued together, a place for settings inside a command."""
    assert not allowed(protocol, ask)


@pytest.mark.parametrize(("protocol", "ask"), pairs(DOCUMENTED))
def test_every_pattern_holds_requests_of_its_own_protocol_only(protocol, ask):
    """Without a protocol nothing is allowed, and of other protocols only what they list themselves."""
    assert not allowed(None, ask)
    assert not allowed("unheard_of", ask)


def test_every_pattern_is_needed():
    """Each has a documented query that no other pattern of its protocol allows."""
    for protocol, patterns in PROTOCOLS.items():
        said = [written(octets(ask)) for ask in DOCUMENTED[protocol]]
        for pattern in patterns:
            assert any(re.fullmatch(pattern, ask) for ask in said), (protocol, pattern)


@given(st.sampled_from(pairs(DOCUMENTED)), st.binary(min_size=1, max_size=12), st.sampled_from(["end", "ask", "front"]))
def test_nothing_can_be_hidden_behind_or_before_a_listed_request(pair, extra, where):
    """Whatever is added, to the request or as the line's end, it is another request; only line ends may be."""
    protocol, ask = pair
    whole = {"end": octets(ask), "ask": octets(ask) + extra, "front": extra + octets(ask)}[where]
    found = allowed(protocol, written(whole), extra if where == "end" else b"")
    sent = whole + (extra if where == "end" else b"")
    listed = {octets(each) for each in DOCUMENTED[protocol]}
    ends = {each.rstrip(b"\r\n") for each in listed}
    if found:
        assert sent.rstrip(b"\r\n") in ends or sent in listed


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", fullmatch=True))
def test_a_units_name_cannot_leave_the_place_it_is_put(unit):
    """Whatever the settings may call a machine: a listed request that names it stays a listed request."""
    for protocol, ask in pairs(DOCUMENTED):
        if "{unit}" in ask:
            assert allowed(protocol, ask.replace("{unit}", unit))


def test_a_line_end_belongs_to_the_request():
    """`request_end` is sent with every request, so it is judged with it."""
    assert allowed("zpl", "~HS", b"\r\n")
    assert allowed("lapis", "<ESC>T", b"\r")
    assert not allowed("zpl", "~HS", b"\r\n~JR")
    assert not allowed("escpos", "<10><04><01>", b"\x1b@")

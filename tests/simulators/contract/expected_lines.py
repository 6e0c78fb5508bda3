"""What each fault of each sheet on a line of bytes must be told as, by the documents of its protocol: written by hand
from those, without a look at driver or sheet.

A line: the fault | the state the machine is in | what is reported, each `keyword severity code+code`, apart by `;` (`-`
for nothing) | where the document says so. Everything that stands must be here, and nothing else may be reported.
"""

from dataclasses import dataclass

_ZEBRA = """
media-out            | stopped | media-empty error E:0x1 | ZPL-PG ~HQES errors 00000001 media out
ribbon-out | stopped | marker-print-ribbon-empty error E:0x2 | ZPL-PG ~HQES errors 00000002 ribbon out
head-open            | stopped | cover-open error E:0x4 | ZPL-PG ~HQES errors 00000004 head open
cutter-fault | stopped | separation-cutter-recoverable-failure error E:0x8 | ZPL-PG ~HQES errors 00000008
head-too-hot         | stopped | marker-over-temperature error E:0x10 | ZPL-PG ~HQES errors 00000010
motor-too-hot        | stopped | marker-motor-failure error E:0x20 | ZPL-PG ~HQES errors 00000020
head-element-bad | stopped | marker-unrecoverable-failure error E:0x40 | ZPL-PG ~HQES errors 00000040
head-not-detected    | stopped | marker-missing error E:0x80 | ZPL-PG ~HQES errors 00000080
firmware-invalid | stopped | subunit-unrecoverable-failure error E:0x100 | ZPL-PG ~HQES errors 00000100
head-thermistor-open | stopped | marker-thermistor-failure error E:0x200 | ZPL-PG ~HQES errors 00000200
feed-error | stopped | media-path-input-feed-error error E:0x4000 | ZPL-PG ~HQES errors 00004000
path-not-cleared     | stopped | media-jam error E:0x8000 | ZPL-PG ~HQES errors 00008000
paused | stopped | paused error E:0x10000+H:c=1 | ZPL-PG ~HQES errors 00010000; ~HS field c
head-too-cold | idle | marker-under-temperature warning H:k=1 | ZPL-PG ~HS field k, no flag in ~HQES
memory-lost | stopped | subunit-unrecoverable-storage error H:j=1 | ZPL-PG ~HS field j, no flag in ~HQES
calibrate-media      | idle    | other report W:0x1 | ZPL-PG ~HQES warnings 00000001
clean-head | idle | cleaner-life-almost-over warning W:0x2 | ZPL-PG ~HQES warnings 00000002
replace-head         | idle    | marker-life-over warning W:0x4 | ZPL-PG ~HQES warnings 00000004
media-near-end       | idle    | media-low warning W:0x8 | ZPL-PG ~HQES warnings 00000008
"""

_PJL = """
cover-open           | stopped | cover-open error 40021 | PJL-TRM 40021 printer open
paper-jam            | stopped | media-jam error 40022 | PJL-TRM 40022 paper jam
fuser-jam | stopped | media-jam error 42203 | PJL-TRM 42xyy: 2 sheets, 03 at the fuser's exit
tray-empty | stopped | media-needed error 41304 | PJL-TRM 41xyy: source 3 lower tray, paper 04 A4
tray-missing         | stopped | input-tray-missing error 40026 | PPR message table 40026
bin-full             | stopped | output-area-full error 40019 | PJL-TRM 40019 remove paper
toner-low            | idle    | toner-low warning 10006 | PJL-TRM 10006 toner low
toner-empty          | stopped | toner-empty error 40039 | Lexmark 40039 cartridge empty
cartridge-missing    | stopped | marker-supply-missing error 40010 | PJL-TRM 40010 no EP cartridge
fuser | stopped | marker-unrecoverable-failure error 40050 | PJL-TRM 40050 fuser error: service
fuser-cold           | stopped | fuser-under-temp error 50008 | PJL-TRM 50008 low fuser temperature
motor                | stopped | motor-failure error 40057 | PJL-TRM 40057 motor
fan                  | stopped | fan-failure error 40058 | PJL-TRM 40058 fan
offline              | stopped | offline error 40079 | PJL-TRM 40079 off-line
manual-feed-report   | idle    | media-needed report 10024 | PJL-TRM 10024 press select
"""

_ESCPOS = """
waiting-for-slip | idle | media-needed report n5_0x8 | TM-U375P DLE EOT 5: bit 3 waits for a slip
cover-open           | stopped | cover-open error n2_0x4 | TM-U220 DLE EOT 2: bit 2
feed-button | idle | media-needed report n5_0x8 | TM-U220 DLE EOT 2: bit 3 is no fault
roll-low | idle | media-low warning n4_0x4+n4_0x8; media-needed report n5_0x8 | TM-U220 DLE EOT 4: bits 2 and 3
roll-empty | stopped | media-empty error n2_0x20+n4_0x20+n4_0x40; media-low warning n4_0x4+n4_0x8 | TM-U220
slip-jam             | stopped | media-jam error n3_0x4 | TM-U220 DLE EOT 3: bit 2
cutter | stopped | separation-cutter-recoverable-failure error n3_0x8 | TM-U220 DLE EOT 3: bit 3
hardware | stopped | subunit-unrecoverable-failure error n3_0x20 | TM-U220 DLE EOT 3: bit 5
head-hot             | stopped | marker-over-temperature error n3_0x40 | TM-U220 DLE EOT 3: bit 6
ribbon-worn          | idle    | media-needed report n5_0x8 | no document: nothing tells of a ribbon
"""

_EVOLIS = """
printing                      | processing | - | SDK State 39 INF_PRINTING_RUNNING
asleep                        | asleep     | - | SDK State 43 INF_SLEEP_MODE
temperature-not-ready | processing | laminator-warming-up report WARNING,INF_LAMI_TEMP_NOT_READY | SDK State 11
ribbon-low | idle | marker-supply-low warning WARNING,INF_RIBBON_LOW | SDK INF 00080000 RIBBON_LOW
ribbon-ended | stopped | marker-print-ribbon-empty error WARNING,RIBBON_ENDED | SDK WAR 00080000
laminate-low | idle | laminator-supply-low warning WARNING,INF_LAMINATE_LOW | SDK State 13
laminate-ended | stopped | laminator-supply-empty error WARNING,LAMINATE_END | SDK State 18
laminate-ended-in-job | stopped | laminator-supply-empty error ERROR,LAMINATE_END | SDK State 25
no-laminate | stopped | laminator-supply-missing error WARNING,DEF_NO_LAMINATE | SDK State 20
laminate-unsupported | stopped | laminator-supply-unsupported error WARNING,DEF_LAMINATE_UNSUPPORTED | SDK State 19
laminate-unknown | idle | laminator-supply-unsupported warning WARNING,INF_LAMINATE_UNKNOWN | SDK State 14
feeder-low | idle | media-low warning WARNING,INF_FEEDER_NEAR_EMPTY | SDK EXT1 00000100
feeder-empty | stopped | media-empty error WARNING,FEEDER_EMPTY | SDK WAR 01000000
hopper-full | stopped | output-area-full error WARNING,DEF_HOPPER_FULL | SDK WAR 00100000
cleaning | idle | cleaner-life-almost-over report READY,INF_CLEANING | SDK INF 00020000
cover-open | stopped | cover-open error WARNING,DEF_COVER_OPEN | SDK WAR 00020000
cover-opened-in-job | stopped | cover-open error ERROR,ERR_COVER_OPEN | SDK ERR 02000000
lamination-door-open | stopped | laminator-cover-open error WARNING,DEF_LAMI_COVER_OPEN | SDK State 16
lamination-door-opened-in-job | stopped | laminator-cover-open error ERROR,ERR_LAMI_COVER_OPEN | SDK State 21
mechanical | stopped | media-jam error ERROR,ERR_MECHANICAL | SDK ERR 01000000
lamination-mechanical | stopped | laminator-jam error ERROR,ERR_LAMI_MECHANICAL | SDK State 22
lamination-temperature | stopped | laminator-over-temperature error ERROR,ERR_LAMI_TEMPERATURE | SDK State 23
laminate-cut | stopped | laminator-supply-failure error ERROR,ERR_LAMINATE | SDK State 24
lamination-output-jammed | stopped | laminator-output-full error WARNING,DEF_LAMI_HOPPER_FULL | SDK State 17
ribbon-cut | stopped | marker-supply-failure error ERROR,ERR_RIBBON_ERROR | SDK ERR 04000000
head-hot | stopped | marker-over-temperature error ERROR,ERR_HEAD_TEMP | SDK ERR 20000000
cooling | stopped | marker-over-temperature error WARNING,DEF_COOLING | SDK WAR 00200000
reject-box-full | stopped | reject-area-full error ERROR,ERR_REJECT_BOX_FULL | SDK ERR 00800000
locked | stopped | paused error WARNING,DEF_PRINTER_LOCKED | SDK WAR 00040000
"""

_LAPIS = """
upper-film-empty | unknown | - | LAMINA006 p. 19: the port tells the temperature that was set, and nothing else
lower-film-empty     | unknown | - | LAMINA006 p. 19
cover-open           | unknown | - | LAMINA006 p. 19
film-wrapped         | unknown | - | LAMINA006 p. 19
"""

_OMRON = """
sensor-open | stopped | laminator-thermistor-failure error 0x40; other warning 0x2000 | E5CN-H 6.2 bits 6, 13
converter-error | stopped | laminator-thermistor-failure error 0x4; other warning 0x2000 | E5CN-H 6.2 bits 2, 13
burnout | stopped | laminator-heater-failure error 0x400; other warning 0x2000; laminator-warming-up report | E5CN-H 6.2
relay-stuck | stopped | laminator-heater-failure error 0x8; other warning 0x1000 | E5CN-H 6.2 bits 3, 12
overcurrent          | idle    | laminator-heater-failure warning 0x1 | E5CN-H 6.2 bit 0
out-of-range         | idle    | other warning 0x20 | E5CN-H 6.2 bit 5
stopped | stopped | laminator-offline error 0x1000000; other warning 0x2000 | H175 5-2
manual               | idle    | other warning 0x4000000 | H175 5-2 bit 26
tuning               | idle    | other report 0x800000 | H175 5-2 bit 23
memory-differs       | idle    | laminator-configuration-change report 0x200000 | H175 5-2 bit 21
"""


@dataclass(frozen=True)
class Told:
    """What is reported of a machine with one fault; each of `faults` is (keyword, severity, codes)."""

    state: str
    faults: frozenset[tuple[str, str, frozenset[str]]]
    source: str


_SHORT = {"E:": "~HQES errors ", "W:": "~HQES warnings ", "H:": "~HS ", "_0x": " 0x"}


def _told(text: str) -> tuple[str, str, frozenset[str]]:
    keyword, severity, *codes = text.split()
    spelt = codes[0] if codes else ""
    for short, whole in _SHORT.items():
        spelt = spelt.replace(short, whole)
    return keyword, severity, frozenset(filter(None, spelt.split("+")))


def _read(lines: str) -> dict[str, Told]:
    found = {}
    for line in lines.strip().splitlines():
        fault, state, faults, source = (each.strip() for each in line.split("|"))
        told = frozenset(_told(each) for each in faults.split(";") if each.strip() != "-")
        assert source
        found[fault] = Told(state, told, source)
    return found


EXPECTED = {
    "zebra_label_printer": _read(_ZEBRA),
    "pjl_laser": _read(_PJL),
    "escpos_slip_printer": _read(_ESCPOS),
    "evolis_personaliser": _read(_EVOLIS),
    "lapis_laminator": _read(_LAPIS),
    "omron_heater": _read(_OMRON),
}

# ZPL-PG ~HS: the same said in a field of the first or second string, by firmware that is not mute then.
TALKING = {
    fault: Told("stopped", frozenset({(keyword, severity, codes | {f"~HS {field}=1"})}), f"ZPL-PG ~HS field {field}")
    for fault, field in (("media-out", "b"), ("ribbon-out", "p"), ("head-open", "o"), ("head-too-hot", "l"))
    for keyword, severity, codes in EXPECTED["zebra_label_printer"][fault].faults
}

RED = ("other", "error", frozenset({"red 1"}))
AMBER = ("other", "warning", frozenset({"amber 1"}))
BUZZER = ("other", "warning", frozenset({"buzzer 1"}))
# A tower as IEC 60073 has the colours: red means stopped, amber attention, green in order, a buzzer calls; flashing
# lamps are lit in the first half of each second, when they are looked at here. What the wires do to that: IEC 61131-2.
# Rows: what the machine under the tower does, the fault of the wires, what is reported.
TOWER = (
    ("working", "", "processing", frozenset()),
    ("stopped", "", "stopped", frozenset({RED, BUZZER})),
    ("warned", "", "processing", frozenset({AMBER})),
    ("stopped", "red-wire-open", "idle", frozenset({BUZZER})),
    ("stopped", "green-wire-shorted", "stopped", frozenset({RED, BUZZER})),
    ("working", "green-wire-shorted", "processing", frozenset()),
    ("stopped", "buzzer-muted", "stopped", frozenset({RED})),
    ("stopped", "relay-wire-open", "stopped", frozenset({RED, BUZZER})),
)

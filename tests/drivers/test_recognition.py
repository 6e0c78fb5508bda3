"""Which machines are taken, and for what: printers of many makers by the few words they say, and what is none.

The texts and numbers of real machines were published with inventory tools (FusionInventory, GLPI, LibreNMS, Checkmk);
the others are written in their makers' manner.
"""

import pytest

from fleetmon.decode.dialogue import oid
from fleetmon.decode.recognise import recognise, required
from fleetmon.definition import Match, SnmpDefinition
from fleetmon.errors import GarbledReply
from fleetmon.model.words import State

from .hearing import DEFINITIONS
from .walks import HR_DEVICE_PRINTER, link, met, printer, report, supply

# sysDescr, sysObjectID below 1.3.6.1.4.1 ("" where it is not told), maker, model
PRINTERS = [
    ("Lexmark T622 version 54.30.06 kernel 2.4.0-test6 All-N-1", "641.1", "Lexmark", "Lexmark T622"),
    ("Lexmark C720  Version 1.10.10  Ethernet 10/100.", "", "Lexmark", "Lexmark C720"),
    ("Lexmark X792 version NH.HS2.N211La kernel 2.6.28.10.1 All-N-1", "641.2.71106502", "Lexmark", "Lexmark X792"),
    ("KONICA MINOLTA bizhub C224e", "18334.1.2.1.2.1.89.2.3", "Konica Minolta", "KONICA MINOLTA bizhub C224e"),
    ("KONICA MINOLTA Di3510f", "", "Konica Minolta", "KONICA MINOLTA Di3510f"),
    ("develop ineo+ 224e", "18334.1.2.1.2.1.1", "Develop", "develop ineo+ 224e"),
    ("Olivetti d-Color MF222", "18334.1.1", "Olivetti", "Olivetti d-Color MF222"),
    ("SHARP MX-2651", "2385.3.1.134.1.1", "Sharp", "SHARP MX-2651"),
    ("SHARP AR-M550N", "", "Sharp", "SHARP AR-M550N"),
    ("Dell 2330dn Laser Printer version NR.APS.N310 kernel 2.6.18.5 All-N-1", "", "Dell", "Dell 2330dn Laser Printer"),
    (
        "Dell Color Laser 3110cn; Net 8.43, Controller 200707111148, Engine 05.09.00",
        "",
        "Dell",
        "Dell Color Laser 3110cn",
    ),
    ("Dell  1815dn Series", "", "Dell", "Dell  1815dn Series"),
    ("RICOH Aficio 2022 1.02.1 / RICOH Network Printer C model", "367.1.1", "Ricoh", "RICOH Aficio 2022"),
    ("RICOH Aficio SP C222SF v1.50 / RICOH Network Printer C model", "", "Ricoh", "RICOH Aficio SP C222SF"),
    ("infotec IS 2255 1.03 / infotec Network Printer C model", "367.1.1", "Infotec", "infotec IS 2255"),
    ("EPSON Built-in 11b/g/n Print Server", "", "Epson", None),
    ("EPSON Internal 10Base-T", "", "Epson", None),
    ("EPSON AL-C8500 01.00", "1248.1.1.2.1.3", "Epson", "EPSON AL-C8500"),
    ("EPSON TM-T88VI", "", "Epson", "EPSON TM-T88VI"),
    ("KYOCERA MITA Printing System", "1347.41", "Kyocera", None),
    ("UTAX_TA Printing System", "1347.41", "UTAX", None),
    ("TA Triumph-Adler 4006ci", "1347.41", "TA Triumph-Adler", "TA Triumph-Adler 4006ci"),
    ("HP ETHERNET MULTI-ENVIRONMENT,ROM J.sp.00,JETDIRECT EX,JD28 EEPROM 5.58", "1347.41", "Kyocera", None),
    (
        "HP ETHERNET MULTI-ENVIRONMENT,SN:X,FN:Y,SVCID:1,PID:HP DesignJet Z5200ps",
        "11.2.3.9.1",
        "HP",
        "HP DesignJet Z5200ps",
    ),
    ("HP PageWide Pro 477dw", "", "HP", "HP PageWide Pro 477dw"),
    ("Officejet 6300 series", "", "HP", "Officejet 6300 series"),
    ("hp business inkjet 3000", "", "HP", "hp business inkjet 3000"),
    ("SAMSUNG NETWORK PRINTER,ROM V1.1", "236.11.5.1", "Samsung", None),
    ("Samsung CLP-610 Series; OS 1.29.01.22 11-23-2007;S/N 4D21B1BPC", "", "Samsung", "Samsung CLP-610 Series"),
    ("TOSHIBA e-STUDIO353", "1129.2.3.30.1", "Toshiba TEC", "TOSHIBA e-STUDIO353"),
    ("Xerox WorkCentre M20i ; OS 1.22   Engine 4.1.08", "253.8.62.1.1", "Xerox", "Xerox WorkCentre M20i"),
    ("Canon W8400PG /P", "", "Canon", "Canon W8400PG"),
    ("Brother NC-340, Firmware Ver.1.14", "2435.2.3.9.1", "Brother", None),
    ("Brother QL-720NW", "", "Brother", "Brother QL-720NW"),
    ("Pantum BM5100ADN Series", "40093.1", "Pantum", "Pantum BM5100ADN Series"),
    ("SINDOH N610 series", "", "Sindoh", "SINDOH N610 series"),
    ("PRINTRONIX T8204", "10504.1", "Printronix", "PRINTRONIX T8204"),
    ("Intermec PM43", "", "Intermec", "Intermec PM43"),
    ("Honeywell PM42", "", "Honeywell", "Honeywell PM42"),
    ("SATO CL4NX Plus 203dpi", "42406.1", "SATO", "SATO CL4NX Plus 203dpi"),
    ("TSC TTP-2410MT", "", "TSC", "TSC TTP-2410MT"),
    ("Star TSP143", "25549.1", "Star", "Star TSP143"),
    ("RISO ComColor 9150", "24807.1", "RISO", "RISO ComColor 9150"),
    ("HID FARGO HDP6600", "28959.1", "Fargo", "HID FARGO HDP6600"),
    ("AXIS OfficeBasic Network Print Server V6.00 Sep 20 1999", "368.1.1", "Axis", None),
    ("IBM NPS 530/532Print serverV5.36 Jul 7 1997", "", None, None),
]

# The same for what is none, and what the refusal must say.
OTHERS = [
    ("Canon VB-H43 Network Camera", "1602.4.60", "another kind of device"),
    ("Canon VB-M40", "1602.8.1", "no known printer's name"),
    ("Panasonic WV-S1131 Network Camera", "258.406.2", "another kind of device"),
    ("AXIS M3045-V Network Camera; Fixed dome", "368.4.1", "another kind of device"),
    ("EPSON Network Projector", "1248.4.1", "another kind of device"),
    ("EPSON EB-L1000 Projector", "1248.1.1", "another kind of device"),
    ("RICOH PJ WX4152N", "367.1.1", "another kind of device"),
    ("RICOH Interactive Whiteboard D5520", "367.1.1", "another kind of device"),
    ("SHARP PN-Y436", "2385.1", "no known printer's name"),
    ("HP J4813A ProCurve Switch 2524, revision F.05.55", "11.2.3.7.11.19", "another kind of device"),
    ("PROCURVE J9029A - PA.02.06", "11.2.3.7.11.81", "no known printer's name"),
    ("HP t520 Thin Client", "11.2.3.10.1", "another kind of device"),
    ("Wyse V10L WTOS", "714.1.2.6", "no known printer's name"),
    ("RMCARD205", "3808.1.1.1", "no known printer's name"),
    ("Dell PowerConnect 5548", "674.10895.3030", "no known printer's name"),
    ("Dell iDRAC9", "674.10892.5", "no known printer's name"),
    ("Samsung Electronics WEA303i Access Point", "236.4.2.17", "another kind of device"),
    ("KYOCERA wireless modem", "", "another kind of device"),
    ("Cisco IOS Software, for the printer VLAN", "9.1.516", "another kind of device"),
    ("", "", "no known printer's name"),
]


def system(descr: str, number: str) -> list[str]:
    """sysDescr and sysObjectID, as far as they are told."""
    numbered = [f"1.2.0|6|1.3.6.1.4.1.{number}"] if number else []
    return [f"1.1.0|4|{descr}", "1.3.0|67|100", *numbered]


@pytest.mark.parametrize(("descr", "number", "maker", "model"), PRINTERS)
def test_a_printer_is_known_by_what_little_it_says(
    descr: str, number: str, maker: str | None, model: str | None
) -> None:
    """Without any table: taken, named as far as the words go, its state unknown."""
    heard = report(*system(descr, number))
    assert (heard.identity.maker, heard.identity.model) == (maker, model)
    assert (heard.driver, heard.state) == ("snmp_printer", State.UNKNOWN)


@pytest.mark.parametrize(("descr", "number", "why"), OTHERS)
def test_what_is_none_is_refused_in_words(descr: str, number: str, why: str) -> None:
    """The reason is one a person can act on, with what the machine said of itself."""
    with pytest.raises(GarbledReply) as refusal:
        report(*system(descr, number))
    assert str(refusal.value).startswith("not a printer: ")
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("descr", "number"),
    [
        ("Linux nas 4.4.302 x86_64", "8072.3.2.10"),
        ("Synology DiskStation DS920", "8072.3.2.10"),
        ("Darwin mac.local 19.6.0 Darwin Kernel Version 19.6.0 x86_64", "8072.3.2.255"),
        ("Hardware: Intel64 Family 6 Model 142 - Software: Windows Version 6.3 (Build 19041)", "311.1.1.3.1.1"),
        ("Solaris print server", "42.2.1.1"),
    ],
)
def test_print_queues_of_a_computer_are_no_printer(descr: str, number: str) -> None:
    """hrDevicePrinter rows with error states and all, told by CUPS or the spooler: not a machine to watch."""
    queues = "".join(
        f"25.3.2.1.2.{n}|6|{HR_DEVICE_PRINTER}\n25.3.2.1.3.{n}|4|HP_LaserJet_{n}\n25.3.2.1.5.{n}|2|2\n"
        f"25.3.5.1.1.{n}|2|3\n25.3.5.1.2.{n}|4x|80\n"
        for n in (1536, 1537)
    )
    with pytest.raises(GarbledReply, match="not a printer"):
        report(*system(descr, number), queues)


@pytest.mark.parametrize(("descr", "number"), [("Linux embedded 3.10", "8072.3.2.10"), ("", "")])
def test_rows_of_the_printer_mib_make_a_printer_of_anything(descr: str, number: str) -> None:
    """Printers are computers too: many run net-snmp on Linux and say so."""
    heard = report(*system(descr, number), printer().partition("\n")[2].partition("\n")[2], supply(level=3))
    assert (heard.state, heard.identity.model) == (State.IDLE, "Acme 9000")


@pytest.mark.parametrize("descr", ["ZebraNet PrintServer", "Zebra Wired", "Zebra Technologies ZTC GK420t"])
def test_a_zebra_is_for_its_own_driver(descr: str) -> None:
    """Also without its number: the general driver stands back."""
    heard = report(*system(descr, ""))
    assert (heard.driver, heard.identity.maker) == ("zebra_snmp", "Zebra")


def test_a_box_before_a_printer_is_told_as_far_as_it_tells() -> None:
    """A print server without tables says nothing of the printer behind it; nothing is made up."""
    heard = report(*system("D-Link DP-301P+ print server", "171.11.1"))
    assert (heard.state, heard.identity.model, heard.supplies) == (State.UNKNOWN, None, ())


def test_a_printer_row_is_enough_where_nothing_speaks_against_it() -> None:
    """hrPrinterTable of an agent whose name nobody knows."""
    heard = report(*system("Nobody knows me", "99999.1"), "25.3.5.1.1.1|2|4\n25.3.5.1.2.1|4x|00")
    assert (heard.driver, heard.state) == ("snmp_printer", State.PROCESSING)


@pytest.mark.parametrize(
    ("rows", "model", "serial"),
    [
        ("1.3.6.1.4.1.1347.43.5.1.1.1.1|4|FS-1028MFP\n1.3.6.1.4.1.1347.43.5.1.1.28.1|4|QUV 1", "FS-1028MFP", "QUV 1"),
        ("1.3.6.1.4.1.367.3.2.1.1.1.1.0|4|MP C2503\n1.3.6.1.4.1.367.3.2.1.2.1.4.0|4|E216", "MP C2503", "E216"),
        ("1.3.6.1.4.1.236.11.5.1.1.1.1.0|4|ML-2850 Series", "ML-2850 Series", None),
        ("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1|4|MFG:Acme;CMD:PCL;MDL:Laser 5;CLS:PRINTER;", "Laser 5", None),
        ("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1|4|ID:Laser 6;MODEL:Laser 6", "Laser 6", None),
    ],
)
def test_makers_objects_tell_what_the_standard_ones_lack(rows: str, model: str, serial: str | None) -> None:
    """hrDeviceDescr comes first where there is one; else the maker's model, else an IEEE 1284 id."""
    heard = report(*system("Some printer", ""), rows)
    assert (heard.identity.model, heard.identity.serial) == (model, serial)
    assert report(printer(), rows).identity.model == "Acme 9000"


def _definition(name: str, **match: object) -> SnmpDefinition:
    return SnmpDefinition.model_validate(
        {"name": name, "title": name, "kind": "laminator", "maturity": "experimental", "link": "snmp", "match": match}
    )


LAMINATOR = system("Lamitec LX-9 printer and laminator", "641.9")


@pytest.mark.parametrize(
    ("match", "tables"),
    [
        ({"sysdescr": ["^Lamitec LX-"]}, ""),
        ({"sysdescr": ["^Lamitec LX-"]}, supply(level=3)),
        ({"sysobjectid": ["1.3.6.1.4.1.641.9"]}, ""),
        ({"sysobjectid": ["1.3.6.1.4.1.641.9"]}, supply(level=3)),
    ],
)
@pytest.mark.parametrize("name", ["acme_lx", "zeta_lx"])
def test_a_driver_of_its_own_beats_the_general_one(match: dict[str, object], tables: str, name: str) -> None:
    """Whatever its name, its match by number or by words wins over a known branch, a printer's name and the tables."""
    objects = met(*LAMINATOR, tables).objects
    own = _definition(name, **match)
    assert required(objects, [own, *DEFINITIONS]).name == name
    assert required(objects, [*DEFINITIONS, own]).name == name


def test_the_longest_number_wins() -> None:
    """Two drivers of one maker: the nearer branch."""
    near, far = (
        _definition(n, sysobjectid=[o]) for n, o in (("near", "1.3.6.1.4.1.641.9"), ("far", "1.3.6.1.4.1.641"))
    )
    objects = {oid("1.3.6.1.2.1.1.2.0"): oid("1.3.6.1.4.1.641.9.4")}
    assert required(objects, [far, near]).name == "near"


def test_a_driver_of_its_own_may_exclude() -> None:
    """Its own exclusions hold for it, and leave the machine to the general driver."""
    picky = _definition("picky", sysobjectid=["1.3.6.1.4.1.641"], unless_sysdescr=["printer and laminator$"])
    assert required(met(*LAMINATOR).objects, [picky, *DEFINITIONS]).name == "snmp_printer"


def test_nothing_at_all_is_not_a_printer() -> None:
    """An agent that answers nothing of what was asked, or a catalogue without drivers."""
    assert recognise({}, DEFINITIONS).definition is None
    assert recognise(met(*LAMINATOR).objects, []).definition is None
    assert Match().printer_mib is False


def test_the_reason_is_given_either_way() -> None:
    """`probe` shows it: a number, a name, the tables, printer rows."""
    for lines, why in (
        (system("x", "641.1"), "sysObjectID 1.3.6.1.4.1.641.1 is a known branch"),
        (system("Lexmark T1", ""), "is a printer's name"),
        ([*system("x", "8072.3.2.10"), supply(level=1)], "it has Printer-MIB rows"),
        ([*system("x", "99999"), "25.3.5.1.1.1|2|3"], "rows in hrPrinterTable"),
    ):
        objects = {name: row.value for name, row in link(*lines)._varbinds.items()}
        assert why in recognise(objects, DEFINITIONS).why

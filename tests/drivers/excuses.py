"""Which kinds of fact in the captures' expectation nothing published can be compared with, and why."""

_RECORDING = "about the recording, not about the device"
_ROW = "which row it is; the published part and texts tell the rows apart"
_IDENTITY = "only a source of identity, which is compared as maker, model, name and serial"
_NUMBER = "the number is compared by the name beside it"
_SUBUNIT = "sub-unit states are no faults of the printer (an empty manual tray is 'critical' on a healthy one)"
_ABSENT = "the vocabulary has no place for it"

NOT_PUBLISHED = {
    "sysDescr": _IDENTITY,
    "sysObjectID": _IDENTITY,
    "enterprise": _IDENTITY,
    "enterprise_name": _IDENTITY,
    "ieee1284_id": _IDENTITY,
    "hrDevices[]": "the printer's row is compared as model and as printers[]; other rows are disks and network cards",
    "printer_index": _ROW,
    "prt_hrDeviceIndexes": _ROW,
    "printers[].index": _ROW,
    "printers[].error_state_present": "an absent error state has no bits, which is compared",
    "printers[].hrPrinterStatus_name": _NUMBER,
    "printers[].hrDeviceStatus_name": _NUMBER,
    "prtAlertCriticalEvents": "counters of events, known to stay 0; they only say when to look again",
    "prtAlertAllEvents": "counters of events, known to stay 0; they only say when to look again",
    "alerts[].device": _ROW,
    "alerts[].index": _ROW,
    "alerts[].location": _ABSENT,
    "alerts[].group_name": _NUMBER,
    "life_counts[].device": _ROW,
    "life_counts[].marker": _ROW,
    "life_counts[].power_on": _ABSENT,
    "life_counts[].unit": _NUMBER,
    "life_counts[].status.raw": _SUBUNIT,
    "life_counts[].status.nonCriticalAlert": _SUBUNIT,
    "life_counts[].status.criticalAlert": _SUBUNIT,
    "life_counts[].status.offline": _SUBUNIT,
    "life_counts[].status.transitioning": _SUBUNIT,
    "supplies[].device": _ROW,
    "supplies[].marker": _ABSENT,
    "supplies[].class": _NUMBER,
    "supplies[].type": _NUMBER,
    "inputs[].device": _ROW,
    "inputs[].type": _ABSENT,
    "inputs[].type_name": _ABSENT,
    "inputs[].media": _ABSENT,
    "inputs[].status": _SUBUNIT,
    "outputs[]": _ABSENT,
    "covers[].device": _ROW,
    "covers[].index": _ROW,
    "covers[].status": _NUMBER,
    "covers[].description": "published only with an open cover, of which the captures have none",
    "console[].device": _ROW,
    "console[].line": _ROW,
    "lights[]": _ABSENT,
    "localizations[]": _ABSENT,
    "current_localization": _ABSENT,
    "private_oids": _RECORDING,
    "oids": _RECORDING,
    "duplicate_oids": _RECORDING,
    "out_of_order": _RECORDING,
    "split": _RECORDING,
}

#: Kinds that not every capture can confirm, since they are published only with something else.
SOMETIMES = {
    "maker": "a fragment without any name tells no maker; its poster did",
    "alerts[].training": "a notice calls nobody",
    "alerts[].group": "a notice belongs to no part",
    "alerts[].group_index": "a notice belongs to no part",
    "alerts[].time": "a notice does not stand, so it has no beginning",
}

"""The words that machines for documents show on their displays, so that a recording may keep them.

A display is where a holder's name would stand ("Printing DOE JANE"). A name is told from "Paper jam" by what is not a
name: the vocabulary's own words, those of the drivers, and these. A word that is missing here costs a line of a
display, a name that is in here would be shown; so names of people that are words of the trade are the price of a
readable recording.
"""

from typing import Final

from fleetmon import vocabulary

_SHOWN: Final = """
access active added adjust adjusting alert align alignment all almost and area at automatic auto available away back
barcode basic battery before behind being belt bin board book booklet booklets bottle bottom box bus busy button by
bypass calibrate calibrating calibration call can cancel cancelled cannot card cards carriage cartridge cassette change
check checking chip clean cleaning clear close closed code cold colour color communication complete completed
configuration connect connected connection contact contactless continue control cooling copies copy correct count cover
covers current cut cutter cyan data date day deep defective delete deleted delivery device direct disconnected display
document documents done door double down drawer drum dry due duplex edge eject ejected empty encode encoder encoding
end engine engrave engraving enter entry error errors ethernet exchange exit expired external failed failure fan fault
feed feeder feeding few file files film finished firmware first fit fitted flap foil for format found free from front
full fuser gap gripper guide hardware has head heads heat heater heating held high hold home hopper horizontal hot
hours idle image in ink inks input insert inserted inspect install installed installing interface interlock internal
interrupted invalid is jam jammed job jobs keep key label labels laminate laminated laminating lamination laminator
large laser last lay layer left lens less level lever lid life lift light line link list load loaded loader loading
local lock locked long low lower machine magazine magenta main maintenance manual mark marker material matt maximum
media memory menu message minimum minutes missing mode module more motor mount move moving multi near nearly needed
network new next no none normal not number of off offline ok old on one online only open opened operation operator
option or order other out output over overheat overheated overlay page pages panel paper parity parameter part parts
passport passports patch path pause paused pass peel perform personalisation personalization photo pick pickup platen
please plug port position power preheat preparing present press pressure preventive print printed printer printhead
printing problem process processing production protection pull pump push quality queue reached read reader reading
ready rear receive received receiving record red refill reject rejected release remaining remove removed repair replace
replaced required reset restart retry return reverse ribbon right roll roller rollers rolls run running safety saver
saving scan scanner screw secure security see select self send sensor serial service set setting settings sheet sheets
short show shut shutter side size skew sleep sleeping slot slow small solenoid some speed spool stack stacker stand
standby start started starting state station status stock stop stopped stopping storage supply supplies support switch
system tag take tank tape target task temperature tension test the thermal thickness this tight time timeout to ton
toner too top total transfer transport trash tray trays try turn two type under unit units unknown unlock until up
update updating upper usb use used user vacuum valid ventilation verify version vertical visa voltage wait waiting wake
warm warming warning waste web wheel width wipe wiper wiping with without work working wrong yellow you your zone
"""

TRADE_WORDS: Final = frozenset(_SHOWN.split()) | {part for reason in vocabulary.REASONS for part in reason.split("-")}

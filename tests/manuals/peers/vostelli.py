"""The Vostelli VL-2 of manual 07: a word asked, lines of NAME=VALUE answered, in any order, up to a full stop."""

from dataclasses import dataclass, field


@dataclass
class Vostelli:
    """One laminator; the order of its lines turns with each answer."""

    mode: str
    alarm: str = "NONE"
    note: str = "NONE"
    foil: str = "640"
    film: str = "55%"
    job: str = "Batch 12"
    turns: int = 0
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Questions end with LF."""
        *questions, rest = heard.split(b"\n")
        return [self.answer(question.rstrip(b"\r")) for question in questions], rest

    def answer(self, question: bytes) -> bytes:
        """All lines of one answer."""
        match question:
            case b"STATUS":
                said = {"MODE": self.mode, "ALARM": self.alarm, "NOTE": self.note, "TEMP": "131.5", "DOCS": "20418"}
                said |= {"JOB": self.job, "HUMIDITY": "41"}
            case b"ROLLS":
                said = {"FOIL": self.foil, "FOILMAX": "2000", "FILM": self.film}
            case b"ABOUT":
                said = {"MODEL": "VL-2", "SERIAL": "V2-3391", "VERSION": "2.4"}
            case _:
                if question != b"HELP":
                    self.harmed.append(question)
                said = {"ERROR": "UNKNOWN"}
        self.turns += 1
        lines = [f"{name}={value}" for name, value in said.items()]
        turned = lines[self.turns % len(lines) :] + lines[: self.turns % len(lines)]
        return "".join(f"{line}\r\n" for line in [*turned, "."]).encode("ascii")


SITUATIONS = {
    "off": Vostelli("OFF"),
    "heating up": Vostelli("HEATUP"),
    "ready": Vostelli("READY"),
    "running": Vostelli("RUN"),
    "cooling": Vostelli("COOLDOWN"),
    "a job with an equals sign": Vostelli("RUN", job="ALARM=A01 MODE=HALT"),
    "no job": Vostelli("READY", job=""),
    "foil soon at its end": Vostelli("RUN", note="N10", foil="60"),
    "film soon at its end": Vostelli("RUN", note="N12", film="6%"),
    "cleaning": Vostelli("READY", note="N50"),
    "service": Vostelli("READY", note="N51"),
    "hood open": Vostelli("HALT", "A01", foil="N/A", film="N/A"),
    "emergency stop": Vostelli("HALT", "A02"),
    "foil at its end": Vostelli("HALT", "A10", foil="0"),
    "foil torn": Vostelli("HALT", "A11"),
    "film at its end": Vostelli("HALT", "A12", film="0%"),
    "jam": Vostelli("HALT", "A20"),
    "askew": Vostelli("HALT", "A21"),
    "heating defective": Vostelli("HALT", "A30"),
    "too hot": Vostelli("HALT", "A31"),
    "register mark": Vostelli("HALT", "A40"),
    "controller fault": Vostelli("HALT", "A93"),
    "an alarm that is not listed": Vostelli("HALT", "A55"),
    "jam and service": Vostelli("HALT", "A20", note="N51"),
}

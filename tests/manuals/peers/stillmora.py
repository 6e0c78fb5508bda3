"""The Stillmora DP-5 of manual 05: one line asked, one line answered; mute while its red lamp lights."""

from dataclasses import dataclass, field


@dataclass
class Stillmora:
    """One printer. With the red lamp on it hears nothing; what is sent then is lost."""

    state: int = 0
    paper: int = 0
    head: int = 0
    ribbon: str = "087"
    red_lamp: bool = False
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Requests end with CR."""
        *requests, rest = heard.split(b"\r")
        self.harmed += [request for request in requests if request not in {b"~S", b"~I", b"~N"}]
        if self.red_lamp:
            return [], b""
        return [reply for request in requests if (reply := self.reply(request))], rest

    def reply(self, request: bytes) -> bytes:
        """One line, or nothing for what is not asked for."""
        lines = {
            b"~S": f"STA,{self.state},{self.paper},{self.head},{self.ribbon}\r\n",
            b"~I": "ID,DP-5,3.07,DP5004711\r\n",
            b"~N": "CNT,90412,123456789\r\n",
        }
        return lines.get(request, "").encode("ascii")


SITUATIONS = {
    "ready": Stillmora(),
    "printing": Stillmora(state=1, ribbon="064"),
    "warming up": Stillmora(state=2),
    "paper nearly at its end": Stillmora(state=1, paper=1),
    "head warm": Stillmora(state=1, head=1),
    "no counter wheel": Stillmora(ribbon="???"),
    "red lamp": Stillmora(red_lamp=True),
}

"""The Tollmar R2 of the worked example in docs/write-a-driver.md."""

from dataclasses import dataclass, field


@dataclass
class Tollmar:
    """One laminator."""

    mode: int = 3
    message: int = 51
    documents: int = 48_213
    film: str = "0041"
    harmed: list[bytes] = field(default_factory=list)

    def hear(self, heard: bytes) -> tuple[list[bytes], bytes]:
        """Inquiries end with CR."""
        *inquiries, rest = heard.split(b"\r")
        return [reply for inquiry in inquiries if (reply := self.reply(inquiry))], rest

    def reply(self, inquiry: bytes) -> bytes:
        """One line."""
        match inquiry:
            case b"ST?":
                said = f"ST={self.mode},{self.message:02d},1308,1304"
            case b"CN?":
                said = f"CN={self.documents:07d}"
            case b"FL?":
                said = f"FL={self.film}"
            case _:
                self.harmed.append(inquiry)
                return b""
        return f"{said}\r\n".encode("ascii")

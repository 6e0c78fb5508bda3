"""What a process costs: CPU time from its own clock (clock_getcpuclockid(3)), memory from /proc (proc(5))."""

import time
from dataclasses import dataclass
from pathlib import Path

from wire import percentile

_CPUCLOCK_SCHED = 2


def cpu_s(pid: int) -> float:
    """User and system time of all threads, living and ended, since the process began; /proc counts in 10 ms only."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def rss_mb(pid: int) -> float:
    """VmRSS in MB."""
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:") / 1000 * 1.024


def pss_mb(pid: int) -> float:
    """Memory in MB where what is shared with others counts in part."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / 1000 * 1.024


def _kib(path: Path, name: str) -> int:
    lines = path.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


@dataclass(frozen=True, slots=True)
class Turn:
    """One product, measured once."""

    product: str
    seconds: float
    polls: int
    cpu_s: float
    rss_mb: float
    pss_mb: float
    late_s: tuple[float, ...]

    @property
    def per_poll_us(self) -> float:
        """CPU per poll in microseconds."""
        return 1e6 * self.cpu_s / self.polls if self.polls else float("nan")


def table(turns: list[Turn], against: str) -> str:
    """The figures of each product over all its turns, and its CPU per poll as a share of another's."""
    names = list(dict.fromkeys(turn.product for turn in turns))
    total = {name: _sum([turn for turn in turns if turn.product == name]) for name in names}
    base = total[against].per_poll_us if against in total else float("nan")
    head = ("product", "polls", "CPU s", "us/poll", f"/ {against}", "RSS MB", "PSS MB", "late p50 ms", "late p99 ms")
    rows = [
        (
            name,
            f"{turn.polls}",
            f"{turn.cpu_s:.2f}",
            f"{turn.per_poll_us:.0f}",
            f"{turn.per_poll_us / base:.2f}",
            f"{turn.rss_mb:.1f}",
            f"{turn.pss_mb:.1f}",
            f"{1000 * percentile(turn.late_s, 0.5):.1f}",
            f"{1000 * percentile(turn.late_s, 0.99):.1f}",
        )
        for name, turn in total.items()
    ]
    return "\n".join("".join(f"{word:>{15 if n == 0 else 12}}" for n, word in enumerate(row)) for row in (head, *rows))


def _sum(turns: list[Turn]) -> Turn:
    return Turn(
        turns[0].product,
        sum(turn.seconds for turn in turns),
        sum(turn.polls for turn in turns),
        sum(turn.cpu_s for turn in turns),
        max(turn.rss_mb for turn in turns),
        max(turn.pss_mb for turn in turns),
        tuple(late for turn in turns for late in turn.late_s),
    )

"""T1: daemon, broker and consumer are killed at random, one or several at a time, every 0.3 to 1.1 s."""

import asyncio
import random
import time
from pathlib import Path

from .books import books
from .ground import Ground, require
from .report import Result

VICTIMS = ("daemon", "broker", "consumer")


async def kills(folder: Path, rounds: int, seed: int, persistence: str = "default") -> Result:
    """Kill for so many rounds, let everything settle, and compare what was committed with what was stored."""
    chance = random.Random(seed)
    async with Ground(folder, persistence=persistence, count=40) as ground:
        ground.machines.tell("flap", 0.6)
        await ground.start()
        began, before, counts = time.monotonic(), ground.head(), dict.fromkeys(VICTIMS, 0)
        for _ in range(rounds):
            await asyncio.sleep(chance.uniform(0.3, 1.1))
            for name in chance.sample(VICTIMS, chance.choices((1, 2, 3), (6, 3, 1))[0]):
                counts[name] += 1
                process = getattr(ground, name)
                process.kill()
                process.start()
        took = time.monotonic() - began
        made = ground.head() - before
        settle_s = await ground.settled(120)
        await ground.quiet()
        found = books(ground.state, ground.stored, ground.site)
    require(found.streams == 1 and found.gone == 0, f"one stream and no gap: {found}")
    rate = made / took
    text = f"rounds {rounds} kills {counts} events/s {rate:.0f} settle_s {settle_s:.1f} {found}"
    require(rate >= 50 or rounds < 50, f"too little load: {text}")
    return Result(found.balanced, text)

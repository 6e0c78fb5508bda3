"""What a broker refuses, and for how long: nothing that was refused is forgotten, nor sent at it again and again. Pure.

A refusal (MQTT 5, 3.4.2.1: no right to publish there, a quota, a packet too large) concerns a topic and stands until
the broker takes something there. Once one refusal ends, the others with the same reason are worth another try.
"""


class Refusals:
    """By topic below `up/`; `count` is of all since the start."""

    def __init__(self) -> None:
        self.count = 0
        self._why: dict[str, str] = {}

    def __contains__(self, topic: str) -> bool:
        return topic in self._why

    def __len__(self) -> int:
        return len(self._why)

    @property
    def text(self) -> str:
        """What is refused at the moment, and why; empty when nothing is."""
        first = next(iter(self._why), None)
        return "" if first is None else f"{first}: {self._why[first]}"

    def refused(self, topic: str, reason: str) -> bool:
        """Whether it is worth a word: nothing of this kind is refused for this reason as yet."""
        self.count += 1
        news = (_kind(topic), reason) not in {(_kind(each), why) for each, why in self._why.items()}
        self._why.pop(topic, None)
        self._why[topic] = reason  # last in the row: others are tried before it
        return news

    def taken(self, topic: str) -> list[str]:
        """The broker took something there; the topics that are worth another try now."""
        if (reason := self._why.pop(topic, None)) is None:
            return []
        return [each for each, why in self._why.items() if why == reason]

    def forget(self, topic: str) -> None:
        """Nothing is to be said there any more."""
        self._why.pop(topic, None)

    def next_try(self, but: str) -> str | None:
        """The topic that has been waiting longest for another try, other than `but`."""
        return next((each for each in self._why if each != but), None)


def _kind(topic: str) -> str:
    return topic.partition("/")[0]

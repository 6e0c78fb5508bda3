"""What goes with each verb of a command, as models.

Unlike everything that is told, what is asked is read strictly: an argument that we do not know changes what somebody
meant, so the command is refused rather than half understood. An alert is named by the id of its occurrence or by how
that begins, so that nobody need type all of it, and nobody can mean the one that comes after it.
"""

from typing import Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from fleetmon.model.durations import seconds
from fleetmon.publish.said import LONGEST_WORDS, moment, plain

_LARGEST: Final = 2**63 - 1
_ID: Final = "[a-z0-9][a-z0-9-]{0,47}"


def _unfit() -> PydanticCustomError:
    """Whoever shows it says what the argument must be instead."""
    return PydanticCustomError("unfit", "not as it must be")


def _words(text: str) -> str:
    if not (shown := plain(text)):
        raise _unfit()
    return shown


def _moment(text: str) -> str:
    if moment(text) is None:
        raise _unfit()
    return text


def _length(text: str) -> str:
    try:
        fits = seconds(text) > 0
    except ValueError:
        fits = False
    if not fits:
        raise _unfit()
    return text


Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=LONGEST_WORDS), AfterValidator(_words)]
Comment: TypeAlias = Annotated[str, Field(max_length=LONGEST_WORDS), AfterValidator(plain)]
Moment: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"}), AfterValidator(_moment)]
Length: TypeAlias = Annotated[
    str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})? ?(ms|s|m|h|d|w)$"), AfterValidator(_length)
]
AlertId: TypeAlias = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="of the occurrence, or how it begins")
]


class Arguments(BaseModel):
    """Base of what goes with a verb."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoArguments(Arguments):
    """Nothing more to say."""


class RefreshArguments(Arguments):
    """Which machine to ask now; `*` is all of them."""

    machine: Annotated[str, Field(pattern=rf"^(\*|{_ID})$")]


class ReplayArguments(Arguments):
    """Which events to send again, by their sequences, both included."""

    first: Annotated[int, Field(alias="from", ge=1, le=_LARGEST)]
    last: Annotated[int, Field(alias="to", ge=1, le=_LARGEST)]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.first > self.last:
            raise ValueError("from is above to")
        return self


class AckArguments(Arguments):
    """Somebody knows of an alert; with `rev` only if nothing became of it since they looked."""

    alert: AlertId
    comment: Comment = ""
    rev: Annotated[int | None, Field(ge=0, strict=True)] = None


class Ends(Arguments):
    """Until a moment, or for a length of time."""

    until: Moment | None = None
    lasts: Annotated[Length | None, Field(alias="for")] = None

    def ends(self, utc: float) -> float:
        """The moment meant, in seconds since 1970, where neither is said `utc` itself."""
        if self.until is not None:
            return moment(self.until) or utc
        return utc + (seconds(self.lasts) if self.lasts else 0.0)


class ShelveArguments(Ends):
    """An alert is not to be told for a while, for a reason."""

    alert: AlertId
    reason: Words

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.until is None) == (self.lasts is None):
            raise ValueError("shelve needs until or for, and not both")
        return self


class UnshelveArguments(Arguments):
    """An alert is to be told again before its time."""

    alert: AlertId


class PlannedStopArguments(Ends):
    """A machine, a line or the site stops on purpose, or goes on (`end`)."""

    scope: Annotated[str, Field(pattern=rf"^((machine:|line:)?{_ID}|site:[a-z0-9][a-z0-9-]{{1,31}})$")]
    end: Annotated[bool, Field(strict=True)] = False
    reason: Words | None = None

    @model_validator(mode="after")
    def _begins_or_ends(self) -> Self:
        if [self.until is not None, self.lasts is not None, self.end].count(True) != 1:
            raise ValueError("planned-stop needs one of until, for and end")
        if not self.end and self.reason is None:
            raise ValueError("reason is missing: others will want to know why nothing is told")
        return self

"""Parts of a machine's state as payloads: who it is, its supplies and where its media wait. Pure."""

from fleetmon.model.report import Identity, Input, Level, Supply
from fleetmon.publish import payloads as p


def identity_data(identity: Identity) -> p.IdentityData:
    """Who it says it is."""
    return p.IdentityData.model_construct(
        maker=identity.maker,
        model=identity.model,
        serial=identity.serial,
        firmware=identity.firmware,
        name=identity.name,
    )


def _raw(level: Level) -> p.RawLevelData:
    return p.RawLevelData.model_construct(level=level.raw.level, capacity=level.raw.capacity)


def supply_data(supply: Supply) -> p.SupplyData:
    """One supply."""
    level = supply.level
    return p.SupplyData.model_construct(
        part=supply.part,
        kind=supply.kind,
        supply_class=supply.supply_class,
        description=supply.description,
        colour=supply.colour,
        unit=level.unit,
        capacity=level.capacity,
        level=level.level,
        percent=level.percent,
        quality=level.quality,
        raw=_raw(level),
    )


def input_data(slot: Input) -> p.InputData:
    """One place where media wait."""
    level = slot.level
    return p.InputData.model_construct(
        part=slot.part,
        description=slot.description,
        unit=level.unit,
        capacity=level.capacity,
        level=level.level,
        percent=level.percent,
        quality=level.quality,
        raw=_raw(level),
    )

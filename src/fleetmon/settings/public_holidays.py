"""Public holidays, computed on this computer by the `holidays` library: nothing is ever fetched.

They are computed for a fixed stretch of years and not for those around now: the settings are read before the network
has set the clock of a small computer, and a year costs a tenth of a millisecond. Holidays that the moon decides are
estimates beyond what governments have announced; the library says so in their names, and `closed` and `open` of the
settings correct them. Importing this takes a tenth of a second and some 10 MB, so only who names a country does.
"""

import warnings
from datetime import date

import holidays

YEARS = range(2025, 2051)


def parts(country: str) -> list[str]:
    """The parts of a country (ISO 3166-1 alpha-2) that have holidays of their own, by their codes (ISO 3166-2)."""
    return holidays.list_supported_countries(include_aliases=False)[country]


def public_holidays(country: str, subdivision: str | None = None) -> dict[date, str]:
    """Every public holiday of YEARS and its name, in English where the library has it."""
    languages = holidays.country_holidays(country).supported_languages
    english = "en_US" if "en_US" in languages else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that some of India's are not known after 2035
        found = holidays.country_holidays(country, subdiv=subdivision, years=YEARS, expand=False, language=english)
    return dict(sorted(found.items()))

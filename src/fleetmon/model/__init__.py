"""The words everybody uses: enumerations and frozen dataclasses, standard library only."""

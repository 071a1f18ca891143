"""Every guard that a test must notice, a room for each service; what a room holds is its `MUTANTS`."""

from importlib import import_module
from pkgutil import iter_modules

MUTANTS = tuple(one for room in sorted(found.name for found in iter_modules(__path__)) for one in import_module(f"{__name__}.{room}").MUTANTS)

"""Every operation, by name: all modules of this package are imported, which registers them."""

from importlib import import_module
from pkgutil import iter_modules

from handlers.operation import REGISTRY

__all__ = ["REGISTRY"]

for module in iter_modules(__path__, f"{__name__}."):
    import_module(module.name)

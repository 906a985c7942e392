from . import macros, settings

__all__ = ["macros", "settings"]

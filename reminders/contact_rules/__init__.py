"""May we contact this person now, on this channel, with this class of content? Rules as data, each a pure function."""

from .catalogue import catalogue, every_rule, titles
from .engine import applicable, evaluate
from .frequency import AtMost, counting
from .rule import Asked, Basis, Binds, Group, Rule, Ruling

__all__ = [
    "Asked",
    "AtMost",
    "Basis",
    "Binds",
    "Group",
    "Rule",
    "Ruling",
    "applicable",
    "catalogue",
    "counting",
    "evaluate",
    "every_rule",
    "titles",
]

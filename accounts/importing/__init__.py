"""CSV files of merchants as payment events: pure, in three steps (lines, mapping, rows).

docs/importing.md explains them; docs/mappings/ holds two worked examples.
"""

from .lines import BadFile, read_lines
from .mapping import BadMapping, Mapping, read_mapping
from .rows import BadLine, Reader, Row

__all__ = ["BadFile", "BadLine", "BadMapping", "Mapping", "Reader", "Row", "read_lines", "read_mapping"]

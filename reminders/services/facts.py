"""Loading what decisions are made from: a constant number of queries for any number of cases."""

from collections.abc import Iterable
from datetime import datetime

from ..facts import CaseFacts


def load_facts(case_ids: Iterable[int], *, now: datetime) -> dict[int, CaseFacts]:
    """The facts of these cases as they stand at the business instant `now`."""
    raise NotImplementedError

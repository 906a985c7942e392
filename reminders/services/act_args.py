"""From what a caller gives to what a service takes; what does not fit is refused with its field."""

from datetime import date
from typing import Any, TypeVar

import msgspec
from django.db.models import Model, QuerySet
from msgspec import Struct

from .act_shapes import Amount, Sum

Row = TypeVar("Row", bound=Model)


class Unfit(Exception):
    """Well-formed, but it does not fit this case. `field` is the member of the body."""

    def __init__(self, field: str, code: str, detail: str):
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def minor_of(amount: Amount, *, currency: str) -> int:
    """Minor units of the case's currency. Raises Unfit for another currency."""
    if not isinstance(amount, Sum):
        return amount
    if amount.currency != currency:
        raise Unfit("amount", "currency_mismatch", f"This case is in {currency}.")
    return amount.amount


def args_of(body: Struct, *, currency: str) -> dict[str, Any]:
    """The body as plain data that can be kept with an approval; amounts in minor units, dates as text."""
    return {name: _plain(value, currency=currency) for name, value in msgspec.structs.asdict(body).items()}


def own_row(name: str, rows: QuerySet[Row], row_id: int) -> Row:
    """The row of the case that the caller names. Raises Unfit for any other."""
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise Unfit(name, f"unknown_{name}", f"The case has no such {name}.")
    return found


def _plain(value: object, *, currency: str) -> object:
    if isinstance(value, Sum):
        return minor_of(value, currency=currency)
    return value.isoformat() if isinstance(value, date) else value

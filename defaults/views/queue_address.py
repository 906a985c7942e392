"""The queue's address: everything that decides what is shown, readable, shareable and kept from link to link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ..models.case import id_of
from ..reports.queue import OTHERS, VIEWS
from ..reports.queue_filters import Filters
from ..reports.queue_order import ORDERS

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """`case`: the number of the row to stand on; empty for the first."""

    view: str
    q: str
    merchant: str
    order: str
    filters: Filters
    after: str = ""
    before: str = ""
    case: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Asked":
        """Whatever stands in an address; what is not understood is as if it were not there."""
        text = {name: value.replace("\x00", "").strip()[:LONGEST] for name, value in given.items()}
        view, order, case = text.get("view", ""), text.get("order", ""), text.get("case", "")
        # What is closed brings nothing any more.
        orders = ORDERS if view != "closed" else ()
        return cls(
            view=view if view in (*VIEWS, *OTHERS) else VIEWS[0],
            q=text.get("q", ""),
            merchant=text.get("merchant", ""),
            order=order if order in orders else "due",
            filters=Filters.read(text),
            after=text.get("after", ""),
            before=text.get("before", ""),
            case=case if id_of(case) else "",
        )

    def kept(self) -> dict[str, str]:
        """What stays when one goes to another view or page."""
        given = {"q": self.q, "merchant": self.merchant, "order": self.order if self.order != "due" else ""}
        return {name: value for name, value in given.items() if value} | self.filters.given()

    def fields(self) -> dict[str, str]:
        return {"view": self.view, **self.kept()}

    def address(self, **changes: str) -> str:
        """This list with these parts changed; an empty part goes. A page further on belongs to one list only."""
        parts = self.fields() | changes
        return "?" + urlencode({name: value for name, value in parts.items() if value})

    def whole(self, view: str) -> str:
        """A view as it is counted: of the same merchant, in the same order, not narrowed."""
        return self.address(**dict.fromkeys(self.kept().keys() - {"merchant", "order"}, ""), view=view)

    def at_start(self) -> "Asked":
        return replace(self, after="", before="", case="")

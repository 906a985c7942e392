"""A small world for the tests of this stage: one merchant, payments told through intake, ticks of the clock."""

from datetime import UTC, datetime, timedelta
from itertools import count

from accounts.models import Payment
from accounts.services import record_events
from accounts.tests.factories import due, merchant
from accounts.tests.factories import event as event
from defaults import services
from defaults.models import DefaultCase

# Twenty days after the due date, noon in Seoul.
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
DUE_ON = "2026-11-05"
_numbers = count(1)


class World:
    def __init__(self, **fields) -> None:
        self.merchant = merchant(slug=f"shop-{next(_numbers)}", **fields)
        self.now = NOW

    def later(self, **delta: int) -> datetime:
        self.now += timedelta(**delta)
        return self.now

    def tell(self, *events: dict) -> None:
        fates = record_events(merchant_id=self.merchant.id, events=list(events), now=self.now)
        assert {fate.status for fate in fates} == {"applied"}, fates

    def owes(
        self, reference: str, amount: int = 9900, *, by: str = "u-1", currency: str = "KRW", **fields
    ) -> Payment:
        told = {"due_on": DUE_ON, "customer": {"reference": by}} | fields
        self.tell(due(reference, amount=amount, currency=currency, **told))
        return self.payment(reference)

    def says(self, kind: str, reference: str, **data) -> None:
        self.tell(event(kind, payment=reference, **data))

    def pays(self, reference: str, amount: int = 9900) -> None:
        self.says("payment.paid", reference, amount=amount)

    def payment(self, reference: str) -> Payment:
        return Payment.objects.get(merchant=self.merchant, reference=reference)

    def tick(self) -> None:
        """Detect, reassess and expire until nothing is due."""
        while services.open_cases(now=self.now).payments:
            pass
        while services.reassess_touched(now=self.now).cases:
            pass
        services.expire(now=self.now)

    def case(self, by: str = "u-1") -> DefaultCase:
        """The customer's latest case."""
        return DefaultCase.objects.filter(merchant=self.merchant, customer__reference=by).latest("id")

    def opened(self, amount: int = 9900) -> DefaultCase:
        """A case about one payment, `ord-1`."""
        self.owes("ord-1", amount)
        self.tick()
        return self.case()


def kinds(case: DefaultCase) -> list[str]:
    return list(case.events.order_by("seq").values_list("kind", flat=True))

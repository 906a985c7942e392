"""What a case reads of its payments is what the fold says of them, whatever happened to the money."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ingest import PaymentState, balances
from accounts.models import Payment
from defaults.models import DefaultCase
from defaults.services.case_facts import load

from .world import NOW, World

pytestmark = pytest.mark.django_db
SUMS = st.integers(0, 20_000)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {
            "amount_minor": st.integers(1, 20_000),
            "credited_minor": SUMS,
            "paid_minor": SUMS,
            "reversed_minor": SUMS,
            "refunded_minor": SUMS,
            "returned_minor": SUMS,
            "conceded_minor": SUMS,
            "fees_minor": SUMS,
            "waived_minor": SUMS,
            "is_void": st.booleans(),
        }
    )
)
def test_a_case_reads_paid_and_conceded_as_the_fold_has_them(opened, sums):
    Payment.objects.filter(pk=opened.pk).update(**sums)
    opened.refresh_from_db()
    balance = balances(
        PaymentState(**{name: getattr(opened, name) for name in PaymentState.__struct_fields__})
    )
    Payment.objects.filter(pk=opened.pk).update(outstanding_minor=balance.outstanding)
    (loaded,) = load([DefaultCase.objects.select_related("merchant", "customer").get()], now=NOW)
    (item,) = loaded.facts.items
    gone = sums["reversed_minor"] + sums["refunded_minor"] + sums["returned_minor"]
    kept = sums["paid_minor"] - gone
    assert item.paid_minor == max(min(kept, balance.sale + balance.fees - balance.waived), 0)
    assert item.conceded_minor == balance.conceded


@pytest.fixture
def opened():
    world = World()
    world.opened()
    return world.payment("ord-1")

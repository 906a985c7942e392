"""Cases in chosen states for the tests of pages: payments come through intake, the case row is set down as wanted."""

from datetime import UTC, date, datetime, timedelta

from accounts.models import Customer, Merchant, Payment, User
from accounts.models.staff import Role
from accounts.services import record_events
from accounts.tests.factories import due, merchant, paid
from defaults.case_states import CaseState
from defaults.gain import chance_at
from defaults.models import CaseItem, DefaultCase
from defaults.services.history import Entry, append

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
NAMES = [
    "김서연", "이도윤", "Ji-woo Berg", "박하준", "Emil Okafor", "최지우", "정예은", "Ana Souza", "한서준", "오은채"
]  # fmt: skip
ITEMS = [
    "웹툰 ‘달빛 극장’ 41–52화", "Gem pack 50", "Live set replay", "음악 이용권 11월", "Lesson 4: Sourdough"
]  # fmt: skip


def songbird() -> Merchant:
    """The merchant of most tests, with a number to call."""
    return merchant("songbird", contact_line="Songbird 고객센터 02-555-0199")


def staff(
    username: str = "mina", *, role: str = Role.AGENT, merchants: tuple[Merchant, ...] = (), **fields
) -> User:
    told = {"language": "en", "first_name": "Mina", "last_name": "Im"} | fields
    person = User.objects.create_user(username, password=PASSWORD, role=role, **told)
    person.merchants.set(merchants)
    return person


def admin(username: str = "boss", **fields) -> User:
    return staff(username, role=Role.ADMIN, is_staff=True, **fields)


def case(
    seller: Merchant,
    number: int,
    *,
    state: str = CaseState.OPEN,
    items: int = 1,
    amount: int = 9900,
    since: date = date(2026, 11, 1),
    **fields,
) -> DefaultCase:
    """A case with its history's first entry. `number` tells customers apart, a higher one is overdue for longer."""
    reference, due_on = f"u-{seller.pk}-{number}", since - timedelta(days=number * 5)
    person = {
        "reference": reference,
        "name": NAMES[number % len(NAMES)],
        "email": f"reader{seller.pk}.{number}@example.com",
        "phone": phone(seller, number),
        "locale": "ko" if number % 2 == 0 else "en",
        "time_zone": "Asia/Seoul",
    }
    events = [
        due(
            f"ord-{seller.pk}-{number}-{item}",
            amount=amount + 1200 * item,
            customer=person,
            due_on=(due_on + timedelta(days=item)).isoformat(),
            description=ITEMS[(number + item) % len(ITEMS)],
        )
        for item in range(items)
    ]
    fates = record_events(merchant_id=seller.pk, events=events, now=NOW)
    assert {fate.status for fate in fates} == {"applied"}, fates
    payments = list(Payment.objects.filter(merchant=seller, customer__reference=reference).order_by("due_on"))
    opened_at = NOW - timedelta(days=9, hours=number)
    made = DefaultCase.objects.create(
        merchant=seller,
        customer=Customer.objects.get(merchant=seller, reference=reference),
        currency="KRW",
        state=state,
        claimed_minor=sum(payment.outstanding_minor for payment in payments),
        oldest_due_on=due_on,
        opened_at=opened_at,
        chance=chance_at((NOW.date() - due_on).days),
        **{"next_review_at": NOW + timedelta(hours=number + 1)} | fields,
    )
    CaseItem.objects.bulk_create(
        CaseItem(case=made, payment=payment, added_at=opened_at) for payment in payments
    )
    Payment.objects.filter(pk__in=[payment.pk for payment in payments]).update(in_case=True)
    append(
        [
            Entry(
                case_id=made.pk,
                kind="opened",
                at=opened_at,
                actor="system",
                to_state=state,
                reason="past due",
            )
        ]
    )
    made.refresh_from_db()
    return made


def phone(seller: Merchant, number: int) -> str:
    return f"+8210555{seller.pk % 10}{number:04d}"


def closed_case(seller: Merchant, number: int, *, outcome: str = "cured") -> DefaultCase:
    ended = {"outcome": outcome, "closed_at": NOW - timedelta(days=1), "next_review_at": None}
    return case(seller, number, state=CaseState.CLOSED, **ended)


def pay(made: DefaultCase) -> None:
    """The money for everything in the case is told by the merchant."""
    items = made.items.select_related("payment")
    told = [paid(item.payment.reference, amount=item.payment.outstanding_minor) for item in items]
    record_events(merchant_id=made.merchant_id, events=told, now=NOW)

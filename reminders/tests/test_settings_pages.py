import pytest
from django.contrib import admin as django_admin
from django.urls import reverse

from accounts.models import ApiKey
from accounts.services.contacts import fingerprint_of
from accounts.services.keys import authenticate_api_key
from defaults.tests.showcase import NOW, admin, case, closed_case, songbird, staff
from reminders.models import Suppression, Template
from reminders.tests.showcase import policy_version, refused, sent

pytestmark = pytest.mark.django_db

READ_ONLY = {
    "accounts.customer", "accounts.payment", "accounts.paymentevent", "accounts.ledgerentry", "defaults.defaultcase",
    "defaults.caseevent", "defaults.hold", "defaults.dispute", "defaults.deferral", "defaults.adjustmentrequest",
    "defaults.incident", "reminders.message", "reminders.decision", "reminders.run", "reminders.policyversion",
}  # fmt: skip
SHOWN = sorted(model._meta.label_lower for model in django_admin.site._registry)


def address(label: str, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


@pytest.fixture
def boss(client):
    client.force_login(admin())
    return client


def test_everything_about_money_state_and_history_is_here_to_look_at() -> None:
    assert set(SHOWN) >= READ_ONLY


@pytest.mark.parametrize("label", SHOWN)
def test_only_administrators_may_open_the_settings(client, label) -> None:
    client.force_login(staff(is_staff=True))
    assert client.get(address(label)).status_code == 403


@pytest.mark.parametrize("label", sorted(READ_ONLY))
def test_money_state_and_history_cannot_be_added_changed_or_deleted(boss, label) -> None:
    made = case(songbird(), 0)
    sent(made)
    refused(made)
    model = next(model for model in django_admin.site._registry if model._meta.label_lower == label)
    row = model.objects.first()
    assert boss.get(address(label, "add")).status_code == 403
    if row is not None:
        page = boss.get(address(label, "change", row.pk))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert boss.post(address(label, "change", row.pk), {}).status_code == 403
        assert boss.post(address(label, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("label", SHOWN)
def test_a_list_costs_the_same_queries_however_long(boss, label, django_assert_max_num_queries) -> None:
    seller = songbird()
    first = case(seller, 0)
    sent(first)
    refused(first)
    boss.get(address(label))
    with django_assert_max_num_queries(20) as few:
        boss.get(address(label))
    for number in range(1, 5):
        more = closed_case(seller, number)
        sent(more)
        refused(more)
    with django_assert_max_num_queries(20) as many:
        boss.get(address(label))
    assert len(many) == len(few)


def test_a_new_key_is_shown_once_and_works(boss) -> None:
    seller = songbird()
    page = boss.post(
        address("accounts.apikey", "add"), {"merchant": seller.pk, "scopes": ["events:write", "read"]}
    )
    key = page.context["key"]
    assert "no-store" in page["Cache-Control"]
    assert authenticate_api_key(key, now=NOW).merchant == seller
    assert key.split("_")[3] not in boss.get(address("accounts.apikey")).content.decode()


def test_a_revoked_key_opens_nothing_any_more(boss) -> None:
    key = boss.post(
        address("accounts.apikey", "add"), {"merchant": songbird().pk, "scopes": ["read"]}
    ).context["key"]
    told = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk], "_seen": "yes"}
    boss.post(address("accounts.apikey"), told)
    assert authenticate_api_key(key, now=NOW) is None


def test_a_new_policy_is_written_in_the_editor_and_only_shown_here(boss) -> None:
    page = boss.get(address("reminders.policyversion", "change", policy_version().pk)).content.decode()
    assert "/policy/ladder-of-the-tests/v1/" in page
    assert "reminder-1" in page


def test_a_text_with_an_unknown_placeholder_is_refused_and_a_good_one_is_the_next_version(boss) -> None:
    text = {"key": "gentle", "channel": "sms", "language": "ko", "subject": ""}
    bad = boss.post(address("reminders.template", "add"), text | {"body": "{customer.password}"})
    assert "Unknown: customer.password" in bad.content.decode()
    for _ in range(2):
        boss.post(address("reminders.template", "add"), text | {"body": "{amount} {link}"})
    assert list(
        Template.objects.filter(key="gentle").order_by("version").values_list("version", flat=True)
    ) == [1, 2]


def test_of_a_suppressed_address_only_the_fingerprint_is_kept(boss) -> None:
    told = {"channel": "email", "address": " Reader@Example.com ", "reason": "asked by letter"}
    boss.post(address("reminders.suppression", "add"), told)
    assert bytes(Suppression.objects.get().fingerprint) == fingerprint_of("email", "reader@example.com")
    again = boss.post(address("reminders.suppression", "add"), told)
    assert "suppressed already" in again.content.decode()

"""The settings: what a change changes is shown before it is made, and noted as it was made."""

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import ApiKey, AuditEvent, GatewaySetup, Merchant, Role, User
from accounts.services.keys import issue_api_key
from accounts.tests.factories import merchant
from accounts.tests.signing_in import with_app
from defaults.models import CollectionTerms

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client) -> Client:
    client.force_login(User.objects.create_user("boss", role=Role.ADMIN, is_staff=True, language="en"))
    return client


@pytest.fixture
def terms() -> CollectionTerms:
    return CollectionTerms.objects.create(
        merchant=merchant("songbird"), currency="KRW", grace_days=3, collection_threshold_minor=0
    )


def form_of(client: Client, address: str) -> dict:
    """What a browser would send of the form as it stands."""
    form = client.get(address).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def confirmed(client: Client, address: str, told: dict) -> HttpResponse:
    page = client.post(address, told).content.decode()
    mark = unescape(re.search(r'name="_seen" value="([^"]+)"', page)[1])
    return client.post(address, told | {"_seen": mark})


def test_a_change_is_shown_first_then_made_then_noted(boss, terms) -> None:
    address = f"/admin/defaults/collectionterms/{terms.pk}/change/"
    told = form_of(boss, address) | {"grace_days": "9"}
    shown = boss.post(address, told)
    assert [(line["before"], line["after"]) for line in shown.context["lines"]] == [("3", "9")]
    terms.refresh_from_db()
    assert (terms.grace_days, AuditEvent.objects.count()) == (3, 0)
    assert confirmed(boss, address, told).status_code == 302
    terms.refresh_from_db()
    noted = AuditEvent.objects.get()
    assert (terms.grace_days, noted.before, noted.after) == (9, {"grace_days": 3}, {"grace_days": 9})
    assert (noted.actor, noted.kind, noted.merchant_id) == (
        "staff:boss",
        "setting_changed",
        terms.merchant_id,
    )


def test_a_change_that_somebody_else_overtook_is_shown_again(boss, terms) -> None:
    address = f"/admin/defaults/collectionterms/{terms.pk}/change/"
    told = form_of(boss, address) | {"grace_days": "9"}
    mark = boss.post(address, told).context["seen"]
    CollectionTerms.objects.update(grace_days=5)
    again = boss.post(address, told | {"_seen": mark})
    assert [(line["before"], line["after"]) for line in again.context["lines"]] == [("5", "9")]
    assert CollectionTerms.objects.get().grace_days == 5


def test_saving_without_a_change_asks_and_notes_nothing(boss, terms) -> None:
    address = f"/admin/defaults/collectionterms/{terms.pk}/change/"
    assert boss.post(address, form_of(boss, address)).status_code == 302
    assert not AuditEvent.objects.exists()


def test_a_merchants_pause_and_a_persons_role_are_shown_and_noted(boss, terms) -> None:
    seller, joon = terms.merchant, User.objects.create_user("joon", password="x")
    address = f"/admin/accounts/merchant/{seller.pk}/change/"
    confirmed(boss, address, form_of(boss, address) | {"sending_paused_at": "2026-11-20T09:00"})
    address = f"/admin/accounts/user/{joon.pk}/change/"
    told = {
        key: value for key, value in form_of(boss, address).items() if key not in ("merchants", "is_staff")
    }
    confirmed(boss, address, told | {"role": "lead", "merchants": [seller.pk], "is_active": "on"})
    assert Merchant.objects.get(pk=seller.pk).sending_paused_at is not None
    assert User.objects.get(username="joon").role == Role.LEAD
    first, second = AuditEvent.objects.order_by("pk")
    assert list(first.after) == ["sending_paused_at"]
    assert second.after == {"role": "lead", "merchants": ["Songbird"]}


def test_of_a_secret_the_log_says_only_that_it_changed(boss) -> None:
    shop = merchant("songbird")
    told = {"merchant": shop.pk, "gateway": "stripe", "minimums": "{}", "is_active": "on"}
    boss.post("/admin/accounts/gatewaysetup/add/", told | {"new_secret": "sk_one"})
    address = f"/admin/accounts/gatewaysetup/{GatewaySetup.objects.get().pk}/change/"
    confirmed(boss, address, told | {"new_secret": "sk_two"})
    added, changed = AuditEvent.objects.order_by("pk")
    assert (added.kind, list(changed.after)) == ("setting_added", ["secret"])
    assert "sk_" not in str(added.after) + str(changed.before) + str(changed.after)


def test_deleting_is_noted_with_what_was_there(boss, terms) -> None:
    boss.post(f"/admin/defaults/collectionterms/{terms.pk}/delete/", {"post": "yes"})
    noted = AuditEvent.objects.get()
    assert (noted.kind, noted.before["grace_days"], noted.after) == ("setting_deleted", 3, {})


def test_revoking_keys_is_asked_first_and_noted(boss) -> None:
    issue_api_key(merchant=merchant("songbird"), scopes=["read"], expires_at=None)
    told = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk]}
    assert "Whoever uses them stops at once" in boss.post("/admin/accounts/apikey/", told).content.decode()
    assert ApiKey.objects.get().revoked_at is None
    boss.post("/admin/accounts/apikey/", told | {"_seen": "yes"})
    assert ApiKey.objects.get().revoked_at is not None
    assert list(AuditEvent.objects.get().after) == ["revoked_at"]


def test_a_lost_second_factor_is_reset_from_the_list_of_staff(boss) -> None:
    joon = User.objects.create_user("joon", password="x")
    with_app(joon)
    told = {"action": "reset_second_factor", "_selected_action": [joon.pk]}
    assert "Reset the second factor?" in boss.post("/admin/accounts/user/", told).content.decode()
    boss.post("/admin/accounts/user/", told | {"_seen": "yes"})
    assert not joon.authenticator_set.exists()
    assert AuditEvent.objects.get().kind == "second_factor_reset"


def test_a_password_set_by_an_admin_is_noted_and_not_told(boss) -> None:
    joon = User.objects.create_user("joon", password="x")
    new = {"password1": "another-horse-battery", "password2": "another-horse-battery"}
    assert boss.post(f"/admin/accounts/user/{joon.pk}/password/", new).status_code == 302
    noted = AuditEvent.objects.get()
    assert (list(noted.after), joon.pk) == (["password"], User.objects.get(username="joon").pk)
    assert "pbkdf2" not in str(noted.after) + str(noted.before)

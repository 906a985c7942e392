"""Gateways and refunds in the settings and by command: keys go in and never come out."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.gateways import open_gateway
from accounts.models import CreditRefund, GatewaySetup, Payment, User
from accounts.models.staff import Role
from accounts.services import record_events

from .factories import NOW, due, merchant, paid

pytestmark = pytest.mark.django_db


def administrator(name: str) -> Client:
    person = User.objects.create_user(name, password="x", role=Role.ADMIN, is_staff=True, language="en")
    client = Client()
    client.force_login(person)
    return client


def write(client: Client, address: str, shop, **told) -> object:
    form = {"merchant": shop.pk, "gateway": "stripe", "minimums": "{}", "is_active": "on"}
    return client.post(address, form | told)


def test_keys_that_are_written_are_sealed_and_never_shown() -> None:
    mina, shop = administrator("mina"), merchant()
    write(
        mina, "/admin/accounts/gatewaysetup/add/", shop, new_secret="sk_one", new_webhook_secret="whsec_one"
    )
    setup = GatewaySetup.objects.get()
    page = mina.get(f"/admin/accounts/gatewaysetup/{setup.pk}/change/").content
    assert (open_gateway(setup)._secret, open_gateway(setup)._webhook_secrets) == ("sk_one", ("whsec_one",))
    assert b"sk_one" not in page + bytes(setup.secret)
    assert b"whsec_one" not in page + bytes(setup.webhook_secret)


def test_what_is_left_empty_stays_and_a_new_webhook_secret_keeps_the_one_before() -> None:
    mina, shop = administrator("mina"), merchant()
    write(
        mina, "/admin/accounts/gatewaysetup/add/", shop, new_secret="sk_one", new_webhook_secret="whsec_one"
    )
    address = f"/admin/accounts/gatewaysetup/{GatewaySetup.objects.get().pk}/change/"
    shown = write(mina, address, shop, new_webhook_secret="whsec_two")
    write(mina, address, shop, new_webhook_secret="whsec_two", _seen=shown.context["seen"])
    adapter = open_gateway(GatewaySetup.objects.get())
    assert (adapter._secret, adapter._webhook_secrets) == ("sk_one", ("whsec_two", "whsec_one"))


@pytest.mark.parametrize("told", ['{"KRW": 0}', '{"XXX": 5}', '{"KRW": 1.5}', "[]x", '{"KRW": true}', "[1]"])
def test_a_minimum_that_is_none_is_refused(told) -> None:
    page = write(administrator("mina"), "/admin/accounts/gatewaysetup/add/", merchant(), minimums=told)
    assert (page.status_code, GatewaySetup.objects.count()) == (200, 0)


def test_a_merchant_has_one_active_gateway() -> None:
    mina, shop = administrator("mina"), merchant()
    write(mina, "/admin/accounts/gatewaysetup/add/", shop)
    page = write(mina, "/admin/accounts/gatewaysetup/add/", shop, gateway="toss")
    assert (page.status_code, GatewaySetup.objects.count()) == (200, 1)


@pytest.mark.parametrize("name", ["gatewaysetup", "checkout", "gatewayevent", "creditrefund"])
def test_an_agent_sees_nothing_of_it(name) -> None:
    agent = User.objects.create_user("agent", password="x", role=Role.AGENT, is_staff=True)
    client = Client()
    client.force_login(agent)
    assert client.get(f"/admin/accounts/{name}/").status_code == 403
    assert administrator("mina").get(f"/admin/accounts/{name}/").status_code == 200


def test_a_refund_takes_two_people_in_the_settings_too() -> None:
    shop = merchant()
    record_events(merchant_id=shop.pk, events=[due(), paid(amount=12_000)], now=NOW)
    mina, juno = administrator("mina"), administrator("juno")
    told = {"reference": "ord-1", "merchant_slug": "songbird", "amount_minor": "2100", "reason": "paid twice"}
    mina.post("/admin/accounts/creditrefund/add/", told)
    refund = CreditRefund.objects.get()
    agree = {"action": "agree", "_selected_action": [refund.pk]}
    mina.post("/admin/accounts/creditrefund/", agree)
    assert CreditRefund.objects.get().state == "asked"
    juno.post("/admin/accounts/creditrefund/", agree)
    assert (CreditRefund.objects.get().state, CreditRefund.objects.get().decided_by) == (
        "agreed",
        "staff:juno",
    )


@pytest.mark.parametrize(
    "wrong", [{"amount_minor": "2101"}, {"reference": "ord-9"}, {"merchant_slug": "other"}]
)
def test_a_refund_of_what_was_not_over_paid_is_not_asked_for(wrong) -> None:
    shop = merchant()
    record_events(merchant_id=shop.pk, events=[due(), paid(amount=12_000)], now=NOW)
    told = {"reference": "ord-1", "merchant_slug": "songbird", "amount_minor": "2100", "reason": "x"} | wrong
    assert administrator("mina").post("/admin/accounts/creditrefund/add/", told).status_code == 200
    assert (CreditRefund.objects.count(), Payment.objects.get().credit_minor) == (0, 2100)


def test_the_command_reads_secrets_from_standard_input(monkeypatch) -> None:
    shop = merchant()
    monkeypatch.setattr("sys.stdin", io.StringIO("sk_live\nwhsec_live\n"))
    said = io.StringIO()
    call_command("set_gateway", "--merchant", "songbird", "--gateway", "stripe", stdout=said)
    adapter = open_gateway(GatewaySetup.objects.get(merchant=shop))
    assert (adapter._secret, adapter._webhook_secrets) == ("sk_live", ("whsec_live",))
    assert "sk_live" not in said.getvalue()


def test_the_sandbox_needs_no_secrets() -> None:
    merchant()
    call_command("set_gateway", "--merchant", "songbird", "--gateway", "sandbox", stdout=io.StringIO())
    assert GatewaySetup.objects.get().is_active


def test_the_command_ends_the_previous_secret(monkeypatch) -> None:
    merchant()
    for secret in ("one", "two"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"sk\n{secret}\n"))
        call_command("set_gateway", "--merchant", "songbird", "--gateway", "stripe", stdout=io.StringIO())
    ended = ("--merchant", "songbird", "--gateway", "stripe", "--forget-previous")
    call_command("set_gateway", *ended, stdout=io.StringIO())
    assert open_gateway(GatewaySetup.objects.get())._webhook_secrets == ("two",)


def test_the_command_knows_its_merchants() -> None:
    with pytest.raises(CommandError):
        call_command("set_gateway", "--merchant", "nobody", "--gateway", "toss")

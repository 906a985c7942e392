"""Who may tell us something, and that it is kept: signatures, secrets, shapes and sizes."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from django.test import Client

from accounts.models import GatewayEvent
from accounts.services.gateway_setups import forget_previous_secret, set_up_gateway

from .hooking import status_of, stripe_event, stripe_signature, tell_stripe, tell_toss
from .paying import WEBHOOK_SECRET, cash, shop_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_worlds_instant")]


def _forged(raw: bytes) -> list[str]:
    good, now = stripe_signature(raw), time.time()
    digest = good.partition("v1=")[2]
    stamp = good.partition(",")[0]
    return [
        "", "t=", "v1=", ",", "=", f"{stamp}", f"v1={digest}", f"{stamp},v0={digest}", f"{stamp},v1={digest.upper()}",
        f"{stamp},v1={digest[:-1]}", f"{stamp},v1={digest}0", f"{stamp},v1={'0' * 64}", f"{stamp},{stamp},v1={digest}",
        f"t=1,v1={digest}", f"t=-1,v1={digest}", f"t=１２３,v1={digest}", f"t=99999999999999,v1={digest}",
        f"t={now},v1={digest}", f"{stamp},v1=é", f"{stamp};v1={digest}", f"{stamp},v1={digest}" * 500,
        f"{stamp}" + ",v1=" + ",v1=".join(["0" * 64] * 20 + [digest]), stripe_signature(raw, secret="whsec_other"),
        stripe_signature(raw, secret=""), stripe_signature(raw + b" "), stripe_signature(b""),
        stripe_signature(raw, at=now - 301), stripe_signature(raw, at=now + 360), stripe_signature(raw, at=0),
        "Bearer am_live_x", f"{stamp},v1={base64.b64encode(bytes.fromhex(digest)).decode()}",
    ]  # fmt: skip


def test_no_bad_signature_gets_in_and_none_is_an_error_of_ours(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    answers = {status_of(tell_stripe(raw, signature=one)) for one in _forged(raw)}
    assert answers == {(401, "invalid_signature")}
    assert (GatewayEvent.objects.count(), cash(stripe_order.merchant)) == (0, 0)


@pytest.mark.parametrize("late", [-280, 0, 290])
def test_a_signature_of_the_last_or_next_five_minutes_is_good(stripe_order, late) -> None:
    raw = stripe_event(stripe_order)
    assert tell_stripe(raw, signature=stripe_signature(raw, at=time.time() + late)).status_code == 200


def test_one_good_signature_among_others_suffices(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    stamp, _, digest = stripe_signature(raw).partition(",v1=")
    assert tell_stripe(raw, signature=f"{stamp},v1={'0' * 64},v1={digest}").status_code == 200


def test_while_a_secret_changes_both_are_good_and_afterwards_the_new_one(stripe_order) -> None:
    shop, raw = stripe_order.merchant, stripe_event(stripe_order)
    set_up_gateway(merchant_id=shop.pk, gateway="stripe", webhook_secret="whsec_new")
    old, new = (stripe_signature(raw, secret=secret) for secret in (WEBHOOK_SECRET, "whsec_new"))
    assert [tell_stripe(raw, signature=one).status_code for one in (old, new)] == [200, 200]
    forget_previous_secret(merchant_id=shop.pk, gateway="stripe")
    assert [tell_stripe(raw, signature=one).status_code for one in (old, new)] == [401, 200]


def test_an_unknown_merchant_and_a_bad_signature_are_answered_alike(stripe_order) -> None:
    raw = stripe_event(stripe_order)
    assert status_of(tell_stripe(raw, merchant="nobody")) == (401, "invalid_signature")
    assert status_of(tell_stripe(raw, merchant="%00")) in {(400, "forbidden_character"), (404, "not_found")}


def test_another_merchants_secret_opens_nothing_here(stripe_order) -> None:
    other = shop_with("stripe", slug="other")
    set_up_gateway(merchant_id=other.pk, gateway="stripe", webhook_secret="whsec_theirs")
    forget_previous_secret(merchant_id=other.pk, gateway="stripe")
    raw = stripe_event(stripe_order)
    assert tell_stripe(raw, merchant="other").status_code == 401
    signed = stripe_signature(raw, secret="whsec_theirs")
    assert status_of(tell_stripe(raw, merchant="other", signature=signed)) == (200, "unknown")
    assert cash(stripe_order.merchant) == 0


def test_a_gateway_that_is_none_is_not_found() -> None:
    answer = Client().post("/api/v1/hooks/paypal/songbird/", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_body_that_is_too_large_is_refused(stripe_order) -> None:
    assert tell_stripe(b"x" * (256 * 1024 + 1)).status_code == 413
    assert GatewayEvent.objects.count() == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"id": "\\u0000", "type": "x"}', b"\xff", b"[" * 60_000])
def test_a_signed_body_of_no_known_shape_is_kept(stripe_order, raw) -> None:
    assert status_of(tell_stripe(raw)) == (200, "ignored")
    assert GatewayEvent.objects.count() == 1


def test_anybody_may_knock_at_toss_but_not_without_end(toss, settings) -> None:
    shop_with("toss")
    settings.AMENDS_RATE_BURST, settings.AMENDS_RATE_PER_SECOND = 3, 0.001
    answers = [tell_toss({"n": number}).status_code for number in range(5)]
    assert answers == [200, 200, 200, 429, 429]


def test_a_callback_of_portone_is_signed_by_the_standard(monkeypatch) -> None:
    shop_with("portone")
    raw = json.dumps({"type": "BillingKey.Issued", "data": {}}).encode()
    key, stamp = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_")), str(int(time.time()))
    digest = base64.b64encode(
        hmac.new(key, f"wh_1.{stamp}.".encode() + raw, hashlib.sha256).digest()
    ).decode()
    address = "/api/v1/hooks/portone/songbird/"
    good = {"webhook-id": "wh_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,AAAA v1,{digest}"}
    worse = [
        {"webhook-id": "wh_2"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": digest},
        {"webhook-signature": "v1,é"},
    ]
    answers = [
        Client().post(address, raw, content_type="application/json", headers=good | one).status_code
        for one in [{}, *worse]
    ]
    assert answers == [200, 401, 401, 401, 401]


def test_what_was_received_rests_sealed(stripe_order) -> None:
    tell_stripe(stripe_event(stripe_order))
    assert b"client_reference" not in bytes(GatewayEvent.objects.get().body)


def test_a_signed_callback_is_applied_at_once(stripe_order) -> None:
    assert status_of(tell_stripe(stripe_event(stripe_order))) == (200, "applied")
    stripe_order.refresh_from_db()
    assert (stripe_order.state, stripe_order.gateway_reference, cash(stripe_order.merchant)) == (
        "paid",
        "pi_1",
        14_800,
    )


def test_the_same_callback_again_is_answered_alike_and_counts_once(stripe_order) -> None:
    answers = {status_of(tell_stripe(stripe_event(stripe_order))) for _ in range(3)}
    assert (answers, cash(stripe_order.merchant)) == ({(200, "applied")}, 14_800)

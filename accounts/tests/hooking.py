"""Callbacks as gateways send them, for tests."""

import hashlib
import hmac
import json
import time

from django.test import Client

from accounts.models import Checkout

from .paying import WEBHOOK_SECRET


def stripe_event(checkout: Checkout | None, kind: str = "checkout.session.completed", **fields) -> bytes:
    session = {
        "client_reference_id": checkout.reference if checkout else None,
        "payment_intent": "pi_1",
        "payment_status": "paid",
        "amount_total": checkout.amount_minor if checkout else 9900,
        "currency": "krw",
    }
    identity = fields.pop("id", "evt_1")
    return json.dumps({"id": identity, "type": kind, "data": {"object": session | fields}}).encode()


def stripe_signature(raw: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d." % stamp + raw, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def tell_stripe(raw: bytes, *, signature: str | None = None, merchant: str = "songbird") -> object:
    return Client().post(
        f"/api/v1/hooks/stripe/{merchant}/",
        raw,
        content_type="application/json",
        headers={"Stripe-Signature": stripe_signature(raw) if signature is None else signature},
    )


def tell_toss(told: dict) -> object:
    return Client().post("/api/v1/hooks/toss/songbird/", json.dumps(told), content_type="application/json")


def status_of(answer: object) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("status") if answer.status_code == 200 else body.get("code")

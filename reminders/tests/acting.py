"""Working cases over HTTP, for tests: a world whose clock is the interface's, and callers that send the version they read."""

from accounts.models import Merchant, User
from accounts.services.keys import issue_staff_token
from accounts.tests.api_client import EVERY_SCOPE, Caller, key_of
from defaults.models import Agency, DefaultCase, NegotiationTerms

from .world import World


class Worker(Caller):
    """Acts on a case as it stands in the database, unless told another version."""

    def act(self, case: DefaultCase, action: str, *, version: int | None = None, key: str = "", **body):
        if version is None:
            version = DefaultCase.objects.get(pk=case.pk).version
        headers = {"If-Match": f'"{version}"'} | ({"Idempotency-Key": key} if key else {})
        return self.post(f"cases/{case.number}/{action}/", body, **headers)


def worker(role: str, merchant: Merchant, name: str | None = None) -> Worker:
    """A staff member of that role who may see this merchant."""
    user = User.objects.create_user(name or f"{role}-{User.objects.count()}", role=role)
    user.merchants.set([merchant])
    return Worker(issue_staff_token(user=user))


def key_worker(merchant: Merchant, *scopes: str) -> Worker:
    made = Worker(None)
    made.client = key_of(merchant, *(scopes or EVERY_SCOPE)).client
    return made


def terms(world: World, **fields) -> NegotiationTerms:
    told = {"agent_minor": 5_000, "lead_minor": 50_000} | fields
    return NegotiationTerms.objects.create(merchant=world.merchant, currency="KRW", **told)


def agency(world: World, **fields) -> Agency:
    told = {
        "slug": "fairway",
        "name": "Fairway Collections",
        "licence_number": "2026-17",
        "email": "recalls@fairway.example",
        "contact_line": "02-555-0100",
    } | fields
    made = Agency.objects.create(**told)
    made.merchants.add(world.merchant)
    return made

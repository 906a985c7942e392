"""A caller of the HTTP interface, for tests."""

import json

from django.test import Client

from accounts.models import Merchant, User
from accounts.services.keys import issue_api_key, issue_staff_token

EVERY_SCOPE = ["events:write", "read", "cases:write", "webhooks:write"]


class Caller:
    """Calls with one key or token; None: with neither."""

    def __init__(self, text: str | None) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {text}"} if text else None)

    def get(self, path: str, **query):
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body, **headers):
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    def every(self, path: str, **query) -> list[dict]:
        """All results of a list, by following `next`."""
        found, cursor = [], {}
        while True:
            page = self.get(path, **query, **cursor).json()
            found += page["results"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}


def key_of(merchant: Merchant, *scopes: str, **fields) -> Caller:
    return Caller(issue_api_key(merchant=merchant, scopes=list(scopes or EVERY_SCOPE), **fields))


def staff(role: str = "agent", *merchants: Merchant, **fields) -> Caller:
    user = User.objects.create_user(username=f"{role}-{User.objects.count()}", role=role, **fields)
    user.merchants.set(merchants)
    return Caller(issue_staff_token(user=user))


def problem(response) -> tuple[int, str]:
    """Status and code of a problem document; it has every member the contract names."""
    assert response["Content-Type"] == "application/problem+json", response.content[:300]
    body = response.json()
    members = {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert members <= body.keys() <= members | {"errors"}
    assert body["request_id"] == response["X-Request-ID"]
    assert body["status"] == response.status_code
    return body["status"], body["code"]


def pointer(response) -> str:
    return response.json()["errors"][0]["pointer"]

"""The least a Django view can do with an event: one INSERT. Settings, address and WSGI application of the yardstick."""

from config.settings import *  # noqa: F403 the product's settings, less what the yardstick does without

MIDDLEWARE = []
ROOT_URLCONF = "benchmarks.bare"
INSTALLED_APPS = []

from django.db import connection
from django.http import HttpResponse
from django.urls import path


def insert(request) -> HttpResponse:
    body = request.body.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_event (merchant_id, event_id, body) VALUES (1, %s, %s) ON CONFLICT DO NOTHING",
            [body[8:40], body],
        )
    answer = b'{"status": "applied"}'
    return HttpResponse(
        answer, headers={"Content-Type": "application/json", "Content-Length": str(len(answer))}
    )


urlpatterns = [path("api/v1/events/", insert)]


def application(environ, start_response):
    global _handler
    if _handler is None:
        from django.core.wsgi import get_wsgi_application

        _handler = get_wsgi_application()
    return _handler(environ, start_response)


_handler = None

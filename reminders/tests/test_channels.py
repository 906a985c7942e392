"""The adapters against real servers: what each answer, silence and break means."""

import json
import socket
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reminders.channels import CannotLookUp, Handed, Outgoing, Refused, Unknown, open_channels
from reminders.channels.email import EmailChannel, PlainMail
from reminders.channels.http import HttpChannel
from reminders.models import ChannelSetup
from reminders.tests.world import ensure_defaults

NOTE = Outgoing(
    ref="AM-000001", key="AM-000001:reminder-1:sms:v1", to="+821012345678", subject="", body="안녕하세요"
)


@contextmanager
def gateway(answer):
    """A gateway that answers every request with what `answer(handler)` writes; yields its address and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            got.append((self.path, dict(self.headers), json.loads(self.rfile.read(length) or b"null")))
            answer(self)

        def do_GET(self):
            got.append((self.path, dict(self.headers), None))
            answer(self)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()


def says(status: int, body: bytes = b"{}", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def send_to(answer):
    with gateway(answer) as (url, got):
        channel = HttpChannel(url=url)
        try:
            return channel.send(NOTE), got
        finally:
            channel.close()


def test_a_gateway_gets_the_documented_request():
    answer, ((path, headers, body),) = send_to(says(201, b'{"id": "g-1"}'))
    assert answer == Handed("g-1")
    assert (path, headers["Idempotency-Key"]) == ("/messages", NOTE.key)
    assert body == {"ref": NOTE.ref, "key": NOTE.key, "to": NOTE.to, "body": NOTE.body, "subject": ""}


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 429])
def test_a_documented_no_is_a_refusal(status):
    assert isinstance(send_to(says(status))[0], Refused)


@pytest.mark.parametrize("status", [301, 302, 307, 408, 409, 425, 500, 502, 503, 504])
def test_faults_redirects_and_conflicts_leave_a_doubt(status):
    answer, got = send_to(says(status, Location="http://127.0.0.1:1/elsewhere"))
    assert isinstance(answer, Unknown)
    assert len(got) == 1


def test_an_answer_that_is_no_json_is_still_a_yes():
    assert send_to(says(200, b"OK"))[0] == Handed("")


def test_a_connection_lost_after_the_request_leaves_a_doubt():
    assert isinstance(send_to(hangs_up)[0], Unknown)


def test_silence_leaves_a_doubt(monkeypatch):
    import httpx

    monkeypatch.setattr("reminders.channels.http._TIMEOUT", httpx.Timeout(0.2))
    held = threading.Event()
    answer, _ = send_to(lambda handler: held.wait(2))
    held.set()
    assert isinstance(answer, Unknown)


def test_an_answer_without_end_leaves_a_doubt():
    assert isinstance(send_to(says(200, b"x" * 100_000))[0], Unknown)


def test_a_refused_connection_is_a_refusal():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(HttpChannel(url=f"http://127.0.0.1:{port}").send(NOTE), Refused)


def test_a_look_up_finds_the_key_among_the_cases_messages():
    known = json.dumps([{"key": "other"}, {"key": NOTE.key, "id": "g-7"}]).encode()
    with gateway(says(200, known)) as (url, got):
        assert HttpChannel(url=url).look_up(NOTE.key, NOTE.ref) == Handed("g-7")
        assert got[0][0] == "/messages?ref=AM-000001"


@pytest.mark.parametrize(("status", "body"), [(200, b"[]"), (404, b"")])
def test_a_look_up_that_finds_nothing_says_so(status, body):
    with gateway(says(status, body)) as (url, _):
        assert HttpChannel(url=url).look_up(NOTE.key, NOTE.ref) is None


@pytest.mark.parametrize(("status", "body"), [(500, b""), (200, b"<html>"), (302, b"")])
def test_a_look_up_without_an_answer_says_nothing_about_the_message(status, body):
    with gateway(says(status, body)) as (url, _), pytest.raises(CannotLookUp):
        HttpChannel(url=url).look_up(NOTE.key, NOTE.ref)


class _Smtp(socketserver.StreamRequestHandler):
    """Takes mail, and answers a command as `server.script` says; a script of None hangs up."""

    def handle(self):
        self.wfile.write(b"220 stub\r\n")
        for line in self.rfile:
            word = line[:4].decode().upper()
            answer = self.server.script.get(word, "354 go" if word == "DATA" else "250 ok")
            if answer is None:
                return
            self.wfile.write(answer.encode() + b"\r\n")
            if word == "DATA" and answer.startswith("354"):
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                    mail += self.rfile.readline()
                self.server.mails.append(mail)
                if self.server.script.get("SENT", "") is None:
                    return
                self.wfile.write(self.server.script.get("SENT", "250 taken").encode() + b"\r\n")


@contextmanager
def mail_server(settings, **script):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    server.script, server.mails, server.daemon_threads = script, [], True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


MAIL = Outgoing(
    ref="AM-000001",
    key="k-1",
    to="u1@example.com",
    subject="[송버드] 이용 내역 안내",
    body="안녕하세요\n둘째 줄",
)


def mailer() -> EmailChannel:
    return EmailChannel(domain="pay.example.com", sender="Songbird <a@example.com>")


def test_a_mail_arrives_as_it_was_written(settings):
    with mail_server(settings) as server:
        channel = mailer()
        first, again = channel.send(MAIL), channel.send(MAIL)
        channel.close()
    mail = message_from_bytes(server.mails[0].removesuffix(b".\r\n"), policy=policy.default)
    assert (mail["Subject"], mail["To"]) == (MAIL.subject, MAIL.to)
    assert mail.get_content().replace("\r\n", "\n").strip() == MAIL.body
    assert first == again == Handed(mail["Message-ID"])


@pytest.mark.parametrize(
    ("script", "kind", "is_final"),
    [
        ({"RCPT": "550 no such user"}, Refused, True),
        ({"RCPT": "450 busy"}, Refused, False),
        ({"MAIL": "451 later"}, Refused, False),
        ({"SENT": "554 spam"}, Refused, True),
        ({"SENT": None}, Unknown, None),
    ],
)
def test_what_a_mail_server_says_is_taken_at_its_word(settings, script, kind, is_final):
    with mail_server(settings, **script):
        answer = mailer().send(MAIL)
    assert isinstance(answer, kind)
    assert getattr(answer, "is_final", None) is is_final


def test_after_a_lost_connection_the_next_mail_gets_a_new_one(settings):
    with mail_server(settings, SENT=None) as server:
        channel = mailer()
        assert isinstance(channel.send(MAIL), Unknown)
        server.script = {}
        assert isinstance(channel.send(MAIL), Handed)


def test_no_mail_server_is_a_refusal(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert isinstance(mailer().send(MAIL), Refused)


@pytest.mark.parametrize("header", ["subject", "to"])
def test_a_header_cannot_become_two(header):
    fields = {"subject": "s", "to": "u@example.com"} | {header: "x\r\nBcc: all@example.com"}
    mail = PlainMail(subject=fields["subject"], body="b", from_email="a@example.com", to=[fields["to"]])
    with pytest.raises(ValueError, match="line break"):
        mail.as_bytes()


@pytest.mark.django_db
def test_channels_are_opened_as_they_are_set_up():
    ensure_defaults()
    ChannelSetup.objects.filter(channel="sms").update(adapter="http", url="http://127.0.0.1:1", memory="key")
    with open_channels() as channels:
        assert {name: one.memory for name, one in channels.items()} == {"email": "none", "sms": "key"}
        assert isinstance(channels["sms"].channel, HttpChannel)

"""Messages reach a file, and a gateway that is really there; what is not taken is tried again, what is late is not."""

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.challenge import Channel
from app.jobs.messenger import Messenger
from app.jobs.senders import BadMessageBody, GatewaySender, sender_for
from app.services.messages import Words, queue_message
from tests.gate import Gate

NUMBER = "+420601123456"
BODY = '{"messages": [{"to": "{to}", "content": {"text": "{text}"}}], "priority": 1}'


class Gateway(http.server.BaseHTTPRequestHandler):
    """Takes messages, or answers what it is told to."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.taken.append((self.path, self.headers["Authorization"], body))
        self.send_response(server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


@pytest.fixture
def gateway() -> Iterator[Any]:
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.taken, server.status = [], 202
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def queue(gate: Gate, text: str, *, is_withheld: bool = False, channel: Channel = Channel.SMS) -> None:
    with gate.context.transaction() as tx:
        pepper = gate.context.api_key_pepper
        number = int(NUMBER[1:])
        words = Words(text=text, channel=channel, language="cs")
        queue_message(tx.session, number=number, words=words, is_withheld=is_withheld, pepper=pepper, now=tx.now)


def messenger(gate: Gate, url: str) -> Messenger:
    sender = sender_for(url, body=BODY, authorization="Bearer secret", data_dir=gate.context.data_dir)
    assert sender is not None
    return Messenger(gate.context, sender=sender)


def test_the_gateway_gets_each_message_once_in_the_form_it_wants(gate: Gate, gateway: Any) -> None:
    queue(gate, 'say "{to}"')
    queue(gate, "never", is_withheld=True)
    sending = messenger(gate, f"http://127.0.0.1:{gateway.server_port}/sms")
    assert sending.send_waiting() == 1
    assert sending.send_waiting() == 0
    body = {"messages": [{"to": NUMBER, "content": {"text": 'say "{to}"'}}], "priority": 1}
    assert gateway.taken == [("/sms", "Bearer secret", body)]


def test_a_gateway_that_is_told_how_a_message_comes_can_call(gate: Gate, gateway: Any) -> None:
    queue(gate, "{to} {channel}", channel=Channel.CALL)
    body = '{"to": "{to}", "via": "{channel}", "voice": "{language}-x", "say": "{text}"}'
    url = f"http://127.0.0.1:{gateway.server_port}/"
    sender = sender_for(url, body=body, authorization="", data_dir=gate.context.data_dir)
    plain = sender_for(url, body=BODY, authorization="", data_dir=gate.context.data_dir)
    assert sender is not None
    assert plain is not None
    assert (sender.calls, plain.calls) == (True, False)
    assert Messenger(gate.context, sender=sender).send_waiting() == 1
    assert gateway.taken[0][2] == {"to": NUMBER, "via": "call", "voice": "cs-x", "say": "{to} {channel}"}


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_is_not_taken_is_tried_again_until_it_is_too_late(
    gate: Gate, gateway: Any, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    queue(gate, "123456")
    gateway.status = status
    sending = messenger(gate, f"http://127.0.0.1:{gateway.server_port}/sms")
    assert sending.send_waiting() == 0
    assert sending.send_waiting() == 0
    assert len(gateway.taken) == 1, "not before its lease runs out"
    gate.now += timedelta(minutes=2)
    gateway.status = 200
    assert sending.send_waiting() == 1
    queue(gate, "654321")
    gate.now += timedelta(minutes=10)
    assert sending.send_waiting() == 0
    told = "".join(capsys.readouterr())
    assert NUMBER[1:] not in told
    assert "123456" not in told


def test_a_gateway_that_is_not_there_costs_the_other_messages_nothing(gate: Gate) -> None:
    queue(gate, "123456")
    queue(gate, "654321")
    assert messenger(gate, "http://127.0.0.1:9/").send_waiting() == 0


def test_a_file_is_for_development(gate: Gate) -> None:
    queue(gate, "123456")
    assert messenger(gate, "file").send_waiting() == 1
    path = gate.context.data_dir / "messages.jsonl"
    assert json.loads(path.read_text(encoding="utf-8")) == {"to": NUMBER, "channel": "sms", "text": "123456"}
    assert path.stat().st_mode & 0o077 == 0


def test_a_body_that_cannot_be_meant_is_refused_at_the_start(tmp_path: Path) -> None:
    for body in ("", "{to} {text}", '["{to}", "{text}"]', '{"to": "{to}"}'):
        with pytest.raises(BadMessageBody):
            sender_for("https://sms.example", body=body, authorization="", data_dir=tmp_path)
    assert sender_for("", body=BODY, authorization="", data_dir=tmp_path) is None
    assert "secret" not in repr(GatewaySender("https://sms.example", {}, "Bearer secret"))

"""Checkpoints reach every place outside: a folder, a web server and a mail server that are really there."""

import email
import email.policy
import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.jobs.couriers import couriers_for
from app.services.outside_files import only_one, read_folders
from tests.gate import Gate
from tests.outside import NUMBER, copier, grown


class Webhook(http.server.BaseHTTPRequestHandler):
    """Takes notes, or answers what it is told to."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.taken.append((self.path, self.headers["Content-Type"], body.decode()))
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks as much SMTP (RFC 5321) as it takes to get one message."""

    def handle(self) -> None:
        server: Any = self.server
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            words = line.split(None, 1)
            if words[0].upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                server.taken.append(b"".join(lines))
            self.wfile.write(b"221 bye\r\n" if words[0].upper() == b"QUIT" else server.answer)


@contextmanager
def served(server: Any) -> Iterator[Any]:
    server.taken = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def webhook() -> Iterator[Any]:
    with served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)) as server:
        server.status = 204
        yield server


@pytest.fixture
def mailbox() -> Iterator[Any]:
    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox)) as server:
        server.answer = b"250 ok\r\n"
        yield server


def checkpoints(gate: Gate) -> set[str]:
    outside = gate.context.data_dir / "outside"
    return {file.read_text(encoding="utf-8") for file in outside.glob("*/*/checkpoint")}


def test_every_place_gets_every_checkpoint_once(energo: Gate, webhook: Any, mailbox: Any, tmp_path: Path) -> None:
    energo.check(NUMBER)
    energo.integrate()
    url = f"http://127.0.0.1:{webhook.server_port}/notes?token=secret"
    places = (str(tmp_path / "mirror"), url, "mailto:auditor@example.org")
    smtp = f"127.0.0.1:{mailbox.server_address[1]}"
    copying = copier(energo, *places, smtp=smtp, sender="gate@example.org")
    copying.go_round()
    notes = checkpoints(energo)
    assert len(notes) == 2, "energo's log and the operator's"
    mirrored = read_folders([tmp_path / "mirror"], keys=energo.context.log_keys)
    assert {one.note for one in mirrored.published} == notes
    assert {body for _, _, body in webhook.taken} == notes
    assert {(path, kind) for path, kind, _ in webhook.taken} == {("/notes?token=secret", "text/plain; charset=utf-8")}
    (raw,) = mailbox.taken
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert (message["From"], message["To"]) == ("gate@example.org", "auditor@example.org")
    body = message.get_body()
    assert body is not None
    assert all(note in body.get_content().replace("\r\n", "\n") for note in notes)
    assert "601123456" not in "".join(notes) + raw.decode()

    copying.go_round()
    assert (len(webhook.taken), len(mailbox.taken)) == (2, 1), "nothing is new"
    energo.check(NUMBER)
    energo.integrate()
    copying.go_round()
    assert (len(webhook.taken), len(mailbox.taken)) == (3, 1), "a mail at most every hour"
    energo.now += timedelta(hours=1)
    copying.go_round()
    assert len(mailbox.taken) == 2
    restarted = copier(energo, *places, smtp=smtp)
    restarted.go_round()
    assert (len(webhook.taken), len(mailbox.taken)) == (3, 2), "what was sent is known after a restart"
    metrics = energo.get("/metrics", key=None).text
    for place in ("local", "1 folder", "2 webhook 127.0.0.1", "3 mail"):
        line = next(line for line in metrics.splitlines() if f'current_timestamp_seconds{{place="{place}"}}' in line)
        assert float(line.split()[-1]) == energo.now.timestamp()
    assert "secret" not in metrics


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_a_webhook_did_not_take_is_sent_again_and_the_other_places_get_theirs(
    energo: Gate, webhook: Any, tmp_path: Path, status: int
) -> None:
    energo.check(NUMBER)
    energo.integrate()
    webhook.status = status
    copying = copier(energo, f"http://127.0.0.1:{webhook.server_port}/", str(tmp_path / "mirror"))
    copying.go_round()
    copying.go_round()
    assert [path for path, _, _ in webhook.taken] == ["/", "/"], "no redirect is followed"
    assert read_folders([tmp_path / "mirror"], keys=energo.context.log_keys).published
    assert energo.check(NUMBER)["decision"] == "deny", "no place stops the gate"
    assert 'dialgate_outside_failures_total{place="1 webhook 127.0.0.1"}' in energo.get("/metrics", key=None).text
    webhook.status, webhook.taken = 200, []
    copying.go_round()
    assert {body for _, _, body in webhook.taken} == checkpoints(energo)


def test_a_mail_server_that_refuses_is_tried_again(energo: Gate, mailbox: Any) -> None:
    energo.check(NUMBER)
    energo.integrate()
    mailbox.answer = b"550 no\r\n"
    copying = copier(energo, "mailto:a@example.org", smtp=f"127.0.0.1:{mailbox.server_address[1]}")
    copying.go_round()
    assert mailbox.taken == []
    mailbox.answer = b"250 ok\r\n"
    copying.go_round()
    assert len(mailbox.taken) == 1


def test_a_folder_that_cannot_be_written_stops_nothing(energo: Gate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    copying = copier(energo, str(tmp_path / "file"), str(tmp_path / "good"))
    energo.check(NUMBER)
    energo.integrate()
    copying.go_round()
    assert read_folders([tmp_path / "good"], keys=energo.context.log_keys).published
    assert energo.check(NUMBER)["decision"] == "deny"


def test_of_several_processes_one_writes_to_a_place_at_a_time(energo: Gate, tmp_path: Path) -> None:
    energo.check(NUMBER)
    energo.integrate()
    place = tmp_path / "mirror"
    with only_one(place) as is_ours, only_one(place) as is_theirs:
        assert (is_ours, is_theirs) == (True, False)
        copier(energo, str(place)).go_round()
        assert read_folders([place], keys=energo.context.log_keys).published == []
    copier(energo, str(place)).go_round()
    assert read_folders([place], keys=energo.context.log_keys).published


def test_the_thread_copies_at_once_and_ends_when_told(energo: Gate) -> None:
    grown(energo)
    energo.check(NUMBER)
    energo.integrate()
    before = checkpoints(energo)
    copying = copier(energo)
    copying.stop()
    copying.run()
    assert checkpoints(energo) != before


def test_no_name_of_a_place_tells_its_secret(tmp_path: Path) -> None:
    places = ("https://user:hunter2@hooks.example.org/T0/B1/token", "/mnt/copies", "mailto:jana@example.org")
    names = [one.name for one in couriers_for(places, local=tmp_path, smtp="a:1", sender="")]
    assert names == ["local", "1 webhook hooks.example.org", "2 folder", "3 mail"]

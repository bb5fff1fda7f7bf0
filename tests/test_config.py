"""Settings: every fault named at once, no default secret, secrets that only their owner reads."""

import stat
from pathlib import Path

import pytest

from config import BadConfig, Config, write_secrets

SECRETS = {
    "DIALGATE_API_KEY_PEPPER": "a1" * 32,
    "DIALGATE_RECEIPT_KEY": "b2" * 32,
    "DIALGATE_LOG_KEY": "c3" * 32,
    "DIALGATE_ERASURE_KEY": "d4" * 32,
}


def read(folder: Path, **environ: str) -> Config:
    return Config.from_environ({"DIALGATE_DATA_DIR": str(folder)} | SECRETS | environ)


def faults(folder: Path, **environ: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        read(folder, **environ)
    return str(caught.value).splitlines()


def test_an_embedded_instance_needs_its_secrets_and_nothing_else(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path / 'dialgate.db'}"
    assert (config.host, config.port, config.workers, config.demo) == ("127.0.0.1", 8000, 1, False)
    assert config.api_key_pepper == bytes.fromhex("a1" * 32)
    assert config.receipt_key == bytes.fromhex("b2" * 32)


def test_the_most_that_an_artefact_may_have_is_told_in_mebibytes(tmp_path: Path) -> None:
    assert read(tmp_path).max_evidence == 16 * 1024 * 1024
    assert read(tmp_path, DIALGATE_MAX_EVIDENCE_MB="2").max_evidence == 2 * 1024 * 1024
    (fault,) = faults(tmp_path, DIALGATE_MAX_EVIDENCE_MB="0")
    assert fault.startswith("DIALGATE_MAX_EVIDENCE_MB: ")


def test_there_is_no_default_secret(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        Config.from_environ({"DIALGATE_DATA_DIR": str(tmp_path)})
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == list(SECRETS)


def test_all_faults_are_named_at_once_and_no_secret_is_shown(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    found = faults(
        tmp_path,
        DIALGATE_HOST="0.0.0.0",
        DIALGATE_DATABASE_URL="mysql://user:password@host/x",
        DIALGATE_API_KEY_PEPPER="short",
        DIALGATE_RECEIPT_KEY="ab" * 31,
        DIALGATE_OLD_ERASURE_KEYS="c" * 63,
        PORT="0",
        DIALGATE_WORKERS="two",
        DIALGATE_MAX_UPLOAD_MB="-1",
        DIALGATE_LIVE_PER_SECOND="0",
        DIALGATE_BULK_BURST="many",
        DIALGATE_MAX_WAITING="1.5",
        DIALGATE_OUTSIDE="relative/folder,http://example.org/,mailto:nobody",
        DIALGATE_OUTSIDE_SECONDS="0",
        DIALGATE_SMTP="mail",
        DIALGATE_SMTP_FROM="a b@example.org",
    )
    assert {line.partition(":")[0] for line in found} == {
        "DIALGATE_HOST",
        "DIALGATE_DATABASE_URL",
        "DIALGATE_API_KEY_PEPPER",
        "DIALGATE_RECEIPT_KEY",
        "DIALGATE_OLD_ERASURE_KEYS",
        "PORT",
        "DIALGATE_WORKERS",
        "DIALGATE_MAX_UPLOAD_MB",
        "DIALGATE_LIVE_PER_SECOND",
        "DIALGATE_BULK_BURST",
        "DIALGATE_MAX_WAITING",
        "DIALGATE_OUTSIDE",
        "DIALGATE_OUTSIDE_SECONDS",
        "DIALGATE_SMTP",
        "DIALGATE_SMTP_FROM",
    }
    for shown in ("password", "short", "ab" * 31):
        assert shown not in "".join(found)


def test_the_settings_do_not_show_their_secrets(tmp_path: Path) -> None:
    config = read(tmp_path, DIALGATE_DATABASE_URL="postgresql://user:hidden@host/x")
    for shown in (repr(config), str(config)):
        assert "hidden" not in shown
        assert repr(config.api_key_pepper)[2:-1] not in shown
        assert repr(config.receipt_key)[2:-1] not in shown


def test_secrets_are_read_from_files_too(tmp_path: Path) -> None:
    pepper, database = tmp_path / "pepper", tmp_path / "url"
    pepper.write_text("c3" * 32 + "\n")
    database.write_text("postgresql://user@host/x\n")
    environ = {"DIALGATE_DATA_DIR": str(tmp_path)} | SECRETS
    del environ["DIALGATE_API_KEY_PEPPER"]
    environ |= {"DIALGATE_API_KEY_PEPPER_FILE": str(pepper), "DIALGATE_DATABASE_URL_FILE": str(database)}
    config = Config.from_environ(environ)
    assert config.api_key_pepper == bytes.fromhex("c3" * 32)
    assert config.database_url == "postgresql+psycopg://user@host/x"
    with pytest.raises(BadConfig, match="DIALGATE_API_KEY_PEPPER_FILE: cannot be read"):
        Config.from_environ(environ | {"DIALGATE_API_KEY_PEPPER_FILE": str(tmp_path / "missing")})


def test_written_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    folder = tmp_path / "secrets"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == {"api_key_pepper", "receipt_key", "log_key", "erasure_key"}
    assert len(set(first.values())) == 4
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    (folder / "receipt_key").unlink()
    write_secrets(tmp_path)
    again = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert again["api_key_pepper"] == first["api_key_pepper"]
    assert again["receipt_key"] != first["receipt_key"]
    config = Config.from_environ({"DIALGATE_DATA_DIR": str(tmp_path)})
    assert config.receipt_key == bytes.fromhex(again["receipt_key"].decode())


def test_a_demonstration_is_served_on_loopback_only(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    for host in ("127.0.0.1", "::1", "localhost"):
        assert read(tmp_path, DIALGATE_HOST=host).demo
    for host in ("0.0.0.0", "192.168.1.4", "::", ""):
        assert "DIALGATE_HOST" in faults(tmp_path, DIALGATE_HOST=host)[0]


def test_sqlite_is_served_by_exactly_one_process(tmp_path: Path) -> None:
    assert faults(tmp_path, DIALGATE_WORKERS="2") == ["DIALGATE_WORKERS: SQLite is served by exactly one process"]
    config = read(tmp_path, DIALGATE_WORKERS="2", DIALGATE_DATABASE_URL="postgresql://host/x")
    assert config.workers == 2


def test_a_number_is_a_whole_number_within_its_bounds(tmp_path: Path) -> None:
    for text, port in (("1", 1), ("65535", 65535), ("", 8000)):
        assert read(tmp_path, PORT=text).port == port
    for text in ("0", "-1", "8000.0", " 8000", "1e3", "8000x", "1000001"):
        assert faults(tmp_path, PORT=text), text


def test_places_outside_are_folders_web_addresses_and_mailboxes(tmp_path: Path) -> None:
    assert read(tmp_path).outside == ()
    places = "/mnt/a, dir:/mnt/b,https://hooks.example.org/x?y=z,http://127.0.0.1:80/,mailto:a@example.org"
    config = read(tmp_path, DIALGATE_OUTSIDE=places, DIALGATE_SMTP="mail.example.org:587")
    assert config.outside == (
        "/mnt/a",
        "/mnt/b",
        "https://hooks.example.org/x?y=z",
        "http://127.0.0.1:80/",
        "mailto:a@example.org",
    )
    assert config.outside_seconds == 60
    assert "hooks" not in repr(config), "an address may hold a secret"


@pytest.mark.parametrize(
    "place",
    [
        "copies",
        "ftp://a/b",
        "http://example.org/",
        "http://127.0.0.1.example.org/",
        "https:///x",
        "mailto:a",
        "mailto:@b",
    ],
)
def test_a_place_outside_that_is_none_is_named_by_its_place_in_the_list(tmp_path: Path, place: str) -> None:
    (fault,) = faults(tmp_path, DIALGATE_OUTSIDE=f"/good,{place}", DIALGATE_SMTP="a:25")
    assert fault == "DIALGATE_OUTSIDE: place 2 is no absolute folder, https://… or mailto:…"


def test_a_mailbox_needs_a_mail_server(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, DIALGATE_OUTSIDE="mailto:a@example.org")
    assert fault.startswith("DIALGATE_SMTP: not set")


def test_a_code_is_demanded_of_staff_unless_this_is_a_demonstration_or_said_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path).own_cores
    assert not read(tmp_path, DIALGATE_OWN_CORES="0").own_cores
    assert read(tmp_path).require_totp
    assert not read(tmp_path, DIALGATE_REQUIRE_TOTP="0").require_totp
    (fault,) = faults(tmp_path, DIALGATE_REQUIRE_TOTP="no")
    assert fault.startswith("DIALGATE_REQUIRE_TOTP: ")
    (tmp_path / "demo").touch()
    assert not read(tmp_path).require_totp
    assert read(tmp_path, DIALGATE_REQUIRE_TOTP="1").require_totp


def test_sessions_proxies_and_the_address_of_the_pages_are_settings(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.session_idle, config.session_absolute, config.proxies, config.url) == (1800, 43200, 0, "")
    given = {"DIALGATE_SESSION_IDLE_MINUTES": "5", "DIALGATE_SESSION_HOURS": "8", "DIALGATE_PROXIES": "1"}
    config = read(tmp_path, **given, DIALGATE_URL="https://gate.example/")
    assert (config.session_idle, config.session_absolute, config.proxies) == (300, 28800, 1)
    assert config.url == "https://gate.example"
    for url in ("gate.example", "ftp://gate.example", "https://gate.example/x", "https://gate.example?x"):
        (fault,) = faults(tmp_path, DIALGATE_URL=url)
        assert fault.startswith("DIALGATE_URL: ")


def test_codes_go_to_a_gateway_to_a_file_or_nowhere(tmp_path: Path) -> None:
    assert (read(tmp_path).sms, read(tmp_path).sms_per_hour) == ("", 500)
    for url in ("https://sms.example/v1/send?from=gate", "http://127.0.0.1:8081/send", "file"):
        assert read(tmp_path, DIALGATE_SMS_URL=url).sms == url
    for url in ("http://sms.example/", "mailto:sms@example.org", "/tmp/messages", "sms"):
        (fault,) = faults(tmp_path, DIALGATE_SMS_URL=url)
        assert fault.startswith("DIALGATE_SMS_URL: ")
    secret = tmp_path / "authorization"
    secret.write_text("Bearer hidden\n", encoding="ascii")
    config = read(tmp_path, DIALGATE_SMS_AUTHORIZATION_FILE=str(secret), DIALGATE_SMS_BODY='{"x": "{to}{text}"}')
    assert (config.sms_authorization, config.sms_body) == ("Bearer hidden", '{"x": "{to}{text}"}')
    assert "hidden" not in repr(config)
    (tmp_path / "demo").touch()
    assert read(tmp_path).sms == "file"
    assert read(tmp_path, DIALGATE_SMS_URL="").sms == ""

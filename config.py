"""Settings: read once from the environment, typed, all faults named at once.

Run as a command (`python config.py`) it writes the secrets that are missing into the data directory.
"""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_OUTSIDE = re.compile(
    r"/[^\x00-\x1f]*|https://[^\s/?#]+[^\s#]*|mailto:[^\s@<>,?]+@[^\s@<>,?]+"
    r"|http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]+)?(?:/[^\s#]*)?"  # in the clear on this machine only
)
_SMTP = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_SMS_BODY = '{"to": "{to}", "text": "{text}"}'
_ROOT = Path(__file__).resolve().parent
_SECRETS = {
    "api_key_pepper": "DIALGATE_API_KEY_PEPPER",
    "receipt_key": "DIALGATE_RECEIPT_KEY",
    "log_key": "DIALGATE_LOG_KEY",
    "erasure_key": "DIALGATE_ERASURE_KEY",
}
"""Name of each secret in the data directory, and the variable that overrides it. 64 hexadecimal digits."""


class BadConfig(Exception):
    """The settings cannot be used; the message names every fault, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an operator may set. Sizes in bytes, times in seconds.

    `erasure_keys` hash the numbers of erased persons: the first is in use, the others still recognise older hashes.
    `outside` are the places that get a copy of every checkpoint: `/folder`, `https://…`, `mailto:…`.
    A key may ask so many requests a second of each process, and so many at once (burst). `max_waiting` are checks.
    `proxies` stand in front of the service, one behind the other, and each says for whom it speaks.
    `url` is where browsers find the pages. `sms` is the gateway for codes to called persons, or `file`; "" is none.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    api_key_pepper: bytes = field(repr=False)
    receipt_key: bytes = field(repr=False)
    log_key: bytes = field(repr=False)
    erasure_keys: tuple[bytes, ...] = field(repr=False)
    demo: bool
    host: str
    port: int
    workers: int
    runs_jobs: bool
    max_upload: int
    max_evidence: int = 16 * 1024 * 1024
    check_timeout: float = 10.0
    live_per_second: int = 1000
    live_burst: int = 2000
    bulk_per_second: int = 50
    bulk_burst: int = 200
    max_waiting: int = 5000
    outside: tuple[str, ...] = field(default=(), repr=False)
    outside_seconds: int = 60
    smtp: str = ""
    smtp_from: str = ""
    require_totp: bool = True
    session_idle: int = 30 * 60
    session_absolute: int = 12 * 3600
    proxies: int = 0
    url: str = ""
    own_cores: bool = True
    sms: str = field(default="", repr=False)
    sms_authorization: str = field(default="", repr=False)
    sms_body: str = _SMS_BODY
    sms_per_hour: int = 500

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Config":
        """Read the settings. There is no default secret.

        :raises BadConfig: naming every fault at once.
        """
        faults: list[str] = []
        data_dir = _data_dir(environ)
        database_url = _from(environ, "DIALGATE_DATABASE_URL", faults)
        demo = (data_dir / "demo").exists()
        host = environ.get("DIALGATE_HOST", "127.0.0.1")
        if demo and host not in ("127.0.0.1", "::1", "localhost"):
            faults.append("DIALGATE_HOST: a demonstration instance is served on loopback only")
        if database_url and not database_url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
            faults.append("DIALGATE_DATABASE_URL: neither sqlite:/// nor postgresql://")
        keys = {name: _secret(environ, data_dir, name, faults) for name in _SECRETS}
        config = cls(
            data_dir=data_dir,
            database_url=_driver_named(database_url or f"sqlite:///{data_dir / 'dialgate.db'}"),
            api_key_pepper=keys["api_key_pepper"],
            receipt_key=keys["receipt_key"],
            log_key=keys["log_key"],
            erasure_keys=(keys["erasure_key"], *_old_keys(environ, faults)),
            demo=demo,
            host=host,
            port=_number(environ, "PORT", 8000, faults),
            workers=_number(environ, "DIALGATE_WORKERS", 1, faults),
            runs_jobs=environ.get("DIALGATE_RUNS_JOBS", "") == "1",
            max_upload=_number(environ, "DIALGATE_MAX_UPLOAD_MB", 128, faults) * 1024 * 1024,
            max_evidence=_number(environ, "DIALGATE_MAX_EVIDENCE_MB", 16, faults) * 1024 * 1024,
            live_per_second=_number(environ, "DIALGATE_LIVE_PER_SECOND", 1000, faults),
            live_burst=_number(environ, "DIALGATE_LIVE_BURST", 2000, faults),
            bulk_per_second=_number(environ, "DIALGATE_BULK_PER_SECOND", 50, faults),
            bulk_burst=_number(environ, "DIALGATE_BULK_BURST", 200, faults),
            max_waiting=_number(environ, "DIALGATE_MAX_WAITING", 5000, faults),
            outside=_outside(environ, faults),
            outside_seconds=_number(environ, "DIALGATE_OUTSIDE_SECONDS", 60, faults),
            smtp=environ.get("DIALGATE_SMTP", ""),
            smtp_from=environ.get("DIALGATE_SMTP_FROM", ""),
            own_cores=_switch(environ, "DIALGATE_OWN_CORES", faults, default=True),
            require_totp=_switch(environ, "DIALGATE_REQUIRE_TOTP", faults, default=not demo),
            session_idle=_number(environ, "DIALGATE_SESSION_IDLE_MINUTES", 30, faults) * 60,
            session_absolute=_number(environ, "DIALGATE_SESSION_HOURS", 12, faults) * 3600,
            proxies=_number(environ, "DIALGATE_PROXIES", 0, faults, least=0),
            url=environ.get("DIALGATE_URL", "").rstrip("/"),
            sms=environ.get("DIALGATE_SMS_URL", "file" if demo else ""),
            sms_authorization=_from(environ, "DIALGATE_SMS_AUTHORIZATION", faults) or "",
            sms_body=environ.get("DIALGATE_SMS_BODY") or _SMS_BODY,
            sms_per_hour=_number(environ, "DIALGATE_SMS_PER_HOUR", 500, faults),
        )
        if config.sms not in ("", "file") and not (config.sms.startswith("http") and _OUTSIDE.fullmatch(config.sms)):
            faults.append("DIALGATE_SMS_URL: neither https://… nor `file`")
        if config.workers > 1 and config.database_url.startswith("sqlite"):
            faults.append("DIALGATE_WORKERS: SQLite is served by exactly one process")
        if config.url and not _URL.fullmatch(config.url):
            faults.append("DIALGATE_URL: not an address like https://gate.example")
        if faults:
            raise BadConfig("\n".join(faults))
        return config


def _data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DIALGATE_DATA_DIR") or _ROOT / "instance").resolve()


def _driver_named(url: str) -> str:
    return "postgresql+psycopg://" + url.removeprefix("postgresql://") if url.startswith("postgresql://") else url


def _number(environ: Mapping[str, str], name: str, default: int, faults: list[str], *, least: int = 1) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= 1_000_000:
        faults.append(f"{name}: not a whole number from {least}")
        return default
    return int(text)


def _switch(environ: Mapping[str, str], name: str, faults: list[str], *, default: bool) -> bool:
    text = environ.get(name) or str(int(default))
    if text not in ("0", "1"):
        faults.append(f"{name}: neither 0 nor 1")
    return text != "0"


def _outside(environ: Mapping[str, str], faults: list[str]) -> tuple[str, ...]:
    """Read the places that checkpoints are copied to. An address may hold a secret, so a fault does not repeat it."""
    given = _from(environ, "DIALGATE_OUTSIDE", faults) or ""
    places = [place.strip().removeprefix("dir:") for place in given.split(",") if place.strip()]
    for count, place in enumerate(places, start=1):
        if not _OUTSIDE.fullmatch(place):
            faults.append(f"DIALGATE_OUTSIDE: place {count} is no absolute folder, https://… or mailto:…")
    smtp = environ.get("DIALGATE_SMTP", "")
    if smtp and not _SMTP.fullmatch(smtp):
        faults.append("DIALGATE_SMTP: not host:port")
    if not smtp and any(place.startswith("mailto:") for place in places):
        faults.append("DIALGATE_SMTP: not set, and DIALGATE_OUTSIDE names a mailto: address")
    if re.search(r"[\s<>]", sender := environ.get("DIALGATE_SMTP_FROM", "")) or sender.count("@") > 1:
        faults.append("DIALGATE_SMTP_FROM: not an e-mail address")
    return tuple(places)


def _from(environ: Mapping[str, str], name: str, faults: list[str]) -> str | None:
    if environ.get(name):
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        faults.append(f"{name}_FILE: cannot be read")
        return None


def _secret(environ: Mapping[str, str], data_dir: Path, name: str, faults: list[str]) -> bytes:
    variable = _SECRETS[name]
    text = _from(environ, variable, faults)
    try:
        if text is None:
            text = (data_dir / "secrets" / name).read_text(encoding="ascii").strip()
        value = bytes.fromhex(text)
    except FileNotFoundError:
        faults.append(f"{variable}: not set, and {data_dir / 'secrets' / name} is missing (run: python config.py)")
    except (OSError, ValueError):
        faults.append(f"{variable}: cannot be read as hexadecimal digits")
    else:
        if len(value) == 32:
            return value
        faults.append(f"{variable}: not 64 hexadecimal digits")
    return b""


def _old_keys(environ: Mapping[str, str], faults: list[str]) -> tuple[bytes, ...]:
    variable = "DIALGATE_OLD_ERASURE_KEYS"
    words = (_from(environ, variable, faults) or "").replace(",", " ").split()
    try:
        keys = tuple(bytes.fromhex(word) for word in words)
    except ValueError:
        keys = (b"",)
    if any(len(key) != 32 for key in keys):
        faults.append(f"{variable}: not keys of 64 hexadecimal digits")
        return ()
    return keys


def write_secrets(data_dir: Path) -> None:
    """Write the secrets that are missing, readable by the owner alone (0600). Existing ones stay."""
    folder = data_dir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _SECRETS:
        whole = folder / f".{name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(whole, folder / name)
        except FileExistsError:
            pass
        finally:
            whole.unlink()


if __name__ == "__main__":
    directory = _data_dir(os.environ)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if "--demo" in sys.argv[1:]:
        if (directory / "secrets").exists() and not (directory / "demo").exists():
            sys.exit(f"dialgate: {directory} holds a real instance; a demonstration needs a folder of its own")
        (directory / "demo").touch()
    write_secrets(directory)

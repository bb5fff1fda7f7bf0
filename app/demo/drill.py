"""The drill: lose the database of a throw-away instance, bring it back from a backup, and prove that all is told.

Run as `python -m app.demo.drill` (`make drill`). It starts real servers and speaks to them over HTTP and through the
commands only. One line a step; exit code 0 only if every step went as promised. `--postgres URL` drills on a
PostgreSQL server too (as its superuser; psql, pg_dump and pg_restore must be on the PATH).
"""

import argparse
import base64
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.demo.drilled import Instance, Postgres, Sqlite, Store

NUMBER, ERASED = "+420601000001", "+420601000919"
CAMPAIGN = "energo-winter"
VERIFIER = Path(__file__).resolve().parents[1] / "static" / "log" / "dialgate_verify.py"
PATIENCE = 60


def claims_of(receipt: str) -> dict[str, str]:
    """Read what a receipt states (JWS)."""
    body = receipt.split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


class Broken(Exception):
    """A step of the drill did not go as promised."""


def main() -> int:
    """Drill; gives the exit code."""
    parser = argparse.ArgumentParser(description="Lose a database and bring it back.")
    parser.add_argument("--postgres", metavar="URL", help="drill on this PostgreSQL server too, as its superuser")
    parser.add_argument("--only-postgres", action="store_true", help="leave SQLite out")
    asked = parser.parse_args()
    stores: list[Callable[[Path], Store]] = [] if asked.only_postgres else [Sqlite]
    if asked.postgres:
        stores.append(lambda _: Postgres(asked.postgres, f"drill_{secrets.token_hex(4)}"))
    for make in stores:
        with tempfile.TemporaryDirectory(prefix="dialgate-drill-") as folder:
            store = make(Path(folder))
            print(f"{store.name}:", flush=True)
            try:
                Drill(store, Path(folder)).run()
            except Broken as fault:
                print(f"  NOT {fault}", flush=True)
                return 1
            finally:
                store.remove()
    print("Everything as promised.")
    return 0


class Drill:
    """One drill on one kind of database."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._at = Instance(folder / "data", store.url)
        self._backup = folder / "dialgate.backup"
        self._early = folder / "auditors-first-checkpoint"
        self._kept = folder / "auditors-checkpoint"
        self._log = ""
        self._newest = ""
        self._vkeys: list[str] = []

    def run(self) -> None:
        """Go through every step."""
        self._store.create()
        try:
            self._fill()
            self._back_up()
            self._go_on()
            self._lose()
            self._be_refused()
            self._declare()
            self._serve_again()
        finally:
            self._at.stop()
        self._verify()

    def _fill(self) -> None:
        self._at.set_up()
        self._at.start()
        self._at.consent(ERASED, "energo")
        for number in (NUMBER, ERASED):
            self._check(number, "allow")
        self._published()
        self._ok("filled: checks are decided, sequenced, signed, and their checkpoints copied outside")

    def _back_up(self) -> None:
        self._early.write_bytes(self._told("checkpoint"))
        self._at.flask("db", "backup", str(self._backup))
        self._ok(f"backed up while serving ({self._backup.stat().st_size:,} bytes)")

    def _go_on(self) -> None:
        before = self._copied_size()
        for _ in range(4):
            self._check(NUMBER, "allow")
        self._at.erase(ERASED, "energo")
        self._check(ERASED, "deny")
        self._published()
        self._kept.write_bytes(self._told("checkpoint"))
        self._must(self._copied_size() > before, "the log went on after the backup")
        self._ok(f"went on: four more calls, one person erased; an auditor keeps a checkpoint of {self._copied_size()}")

    def _lose(self) -> None:
        self._at.kill()
        self._store.lose()
        self._store.restore(self._backup)
        self._ok("the server was killed, the database lost, and the backup restored")

    def _be_refused(self) -> None:
        done = self._at.try_flask("serve")
        said = done.stderr.strip().splitlines()
        self._must(done.returncode != 0 and "log_rolled_back" in done.stderr, f"the server refuses: {done.stderr}")
        done = self._at.try_flask("checks", "run", NUMBER, "--campaign", CAMPAIGN)
        self._must(done.returncode != 0 and "log_rolled_back" in done.stderr, f"no command decides: {done.stderr}")
        self._ok("refused, by the server and by every command:")
        print(f"      {said[-1]}", flush=True)

    def _declare(self) -> None:
        wrong = self._at.try_flask("log", "epoch", "--reason", "restored_backup", "--lost", "1000000")
        self._must(wrong.returncode != 0, "a wrong number of lost entries is refused")
        count = wrong.stderr.split("Error: ")[-1].split()[0]
        done = self._at.try_flask("log", "epoch", "--reason", "restored_backup", "--lost", count)
        self._must(done.returncode == 0 and f"log {self._log}: shard" in done.stdout, f"an epoch: {done.stderr}")
        self._ok(f"declared: {count} entries were lost; a new tree begins and names them")
        done = self._at.try_flask("persons", "replay-erasures")
        self._must(done.returncode == 0, f"the erasures are replayed: {done.stderr}")
        self._ok("the erasure that the backup knew nothing of was done again")

    def _serve_again(self) -> None:
        self._at.start()
        self._check(NUMBER, "allow")
        self._check(ERASED, "deny")
        self._published()
        for shard in sorted(place.name for place in self._copies.iterdir()):
            self._vkeys.append(self._told(f"{shard}/vkey").decode().strip())
        self._ok("serves again; the erased person stays blocked")

    def _verify(self) -> None:
        bundle = self._folder / "energo.zip"
        self._at.flask("log", "bundle", "--controller", "energo", "--openings", "--out", str(bundle))
        words = [word for vkey in self._vkeys for word in ("--vkey", vkey)]
        command = [sys.executable, str(VERIFIER), str(bundle), *words, "--previous", str(self._kept)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self._must(done.returncode == 4, f"what was lost cannot be compared:\n{done.stdout}{done.stderr}")
        self._must("epoch" in done.stdout.lower(), f"the verifier tells of the loss:\n{done.stdout}")
        self._ok("a stranger who holds the newest checkpoint is told of the loss, and that it cannot be compared")
        done = subprocess.run([*command, "--previous", str(self._early)], capture_output=True, text=True, check=False)
        self._must(done.returncode == 0, f"the bundle is sound:\n{done.stdout}{done.stderr}")
        self._ok("one who holds a checkpoint from before the backup too finds what was kept unchanged")

    def _check(self, number: str, verdict: str) -> None:
        answer = self._at.check(number, CAMPAIGN)
        self._must(answer.get("decision") == verdict, f"a check is answered {verdict}: {answer}")
        self._newest = answer["decision_id"]
        self._log = claims_of(answer["receipt"])["log"]

    def _told(self, path: str) -> bytes:
        """Ask for a part of the published log."""
        status, data = self._at.ask("GET", f"/log/{self._log}/{path}", role="auditor")
        self._must(status == 200, f"the published log answers: {path}")
        return data

    @property
    def _copies(self) -> Path:
        return self._at.data_dir / "outside" / self._log

    def _published(self) -> None:
        """Wait until the newest decision has its place in the log, and the newest checkpoint stands outside."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            proved = self._at.ask("GET", f"/v1/decisions/{self._newest}/proof", role="dialer")[0] == 200
            if proved and self._copied_size() == int(self._told("checkpoint").split(b"\n")[1]):
                return
            time.sleep(0.2)
        raise Broken("the log is copied outside in time")

    def _copied_size(self) -> int:
        """Give the size of the newest shard's copy; 0 where there is none."""
        shard = self._told("checkpoint").decode().split("\n")[0].rpartition("/")[2]
        try:
            return int((self._copies / shard / "checkpoint").read_text(encoding="utf-8").split("\n")[1])
        except FileNotFoundError:
            return 0

    def _must(self, is_so: bool, what: str) -> None:
        if not is_so:
            raise Broken(what)

    def _ok(self, what: str) -> None:
        print(f"  ok  {what}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

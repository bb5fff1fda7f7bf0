"""The static files of the pages: what stands in them of each other is what the pages ask for."""

import re
from pathlib import Path

from app.pages.site import asset
from tests.gate import Gate

FOLDER = Path(__file__).parents[2] / "app" / "static" / "pages"


def test_pico_is_imported_by_the_address_that_the_pages_preload(plain_gate: Gate) -> None:
    name, version = re.findall(r'@import url\("([^"?]+)\?v=(\w+)"\)', (FOLDER / "icons.css").read_text("utf-8"))[0]
    with plain_gate.app.test_request_context():
        assert asset(name).endswith(f"/{name}?v={version}")


def test_every_icon_of_pico_has_a_file_in_its_place() -> None:
    pico = set(re.findall(r"(--pico-icon-\w+):\s*url", (FOLDER / "pico.classless.min.css").read_text("utf-8")))
    ours = set(re.findall(r"(--pico-icon-\w+):\s*url", (FOLDER / "icons.css").read_text("utf-8")))
    assert pico == ours


def test_a_browser_keeps_a_file_as_long_as_it_is_the_same(plain_gate: Gate) -> None:
    client = plain_gate.app.test_client()
    with plain_gate.app.test_request_context():
        address = asset("dialgate.css")
    told = []
    for path in (address, address.partition("?")[0], f"{address}0", "/static/pages/..%2flog/none.py?v=0"):
        with client.get(path) as answer:
            told.append((answer.status_code, answer.headers["Cache-Control"]))
    assert told[:3] == [(200, "public, max-age=31536000"), (200, "no-cache"), (200, "no-cache")]
    assert told[3][0] == 404

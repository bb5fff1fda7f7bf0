"""Evidence: opened only once that is on record, and by nobody who may not; and what is claimed and not held."""

import io
import json
import re

from app.domain.access import Role, operator
from app.services import evidence_review
from app.services.user_access import Access
from app.services.users import change_access
from tests.api.exported import every_entry
from tests.evidence import FILES, digest
from tests.evidence import sent as sent_artefact
from tests.gate import Gate
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.users import Browser, fields_of, hidden_fields, user


def opened(browser: Browser, sha256: str) -> str:
    """Open an artefact from the number's page; give the page it leads to."""
    return browser.send_again("/evidence/open", fields_of(browser.page.text, "/evidence/open", sha256=sha256))


def reads(gate: Gate) -> int:
    """Count the entries that say that evidence was shown."""
    return sum(json.loads(entry["leaf"]).get("act") == "evidence_shown" for entry in every_entry(gate))


def test_every_kind_of_evidence_is_played_shown_or_downloaded_once_that_is_on_record(
    plain_energo: Gate, plain_browser: Browser
) -> None:
    energo, browser = plain_energo, plain_browser
    hashes = {kind: sent_artefact(energo, data).json["sha256"] for kind, data in FILES.items()}
    energo.consent(NUMBER, evidence=list(hashes.values()))
    browser.sign_in(user(energo, Role.COMPLIANCE))
    looked_up(browser)
    place = browser.page.request.path
    ways = {"audio": "<audio controls", "image": "<img ", "text": "<pre>", "application": "Download the file"}
    for count, (kind, data) in enumerate(FILES.items(), 1):
        browser.open(place)
        text = opened(browser, hashes[kind])
        assert ways[kind.partition("/")[0]] in text, kind
        assert reads(energo) == count
        assert f'href="{place}"' in text, "the way back"
        file = browser.client.get(f"{browser.page.request.path}/file")
        assert file.data == data
        assert file.mimetype == kind
        is_seen = kind.startswith(("audio/", "image/"))
        assert file.headers["Content-Disposition"].startswith("inline" if is_seen else "attachment")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        file.close()
    part = browser.client.get(f"{browser.page.request.path}/file", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, data[:4]), "a player may jump"
    part.close()
    assert reads(energo) == len(FILES), "what was opened is heard and read without another entry"


def test_evidence_is_opened_by_nobody_who_may_not(energo: Gate, browser: Browser) -> None:
    other = energo.controller("jiny")
    sha256 = sent_artefact(energo).json["sha256"]
    energo.consent(NUMBER, evidence=[sha256])
    browser.sign_in(user(energo, Role.COMPLIANCE))
    looked_up(browser)
    fields = fields_of(browser.page.text, "/evidence/open", sha256=sha256)
    opened(browser, sha256)
    place = browser.page.request.path
    for details in ({"controllers": [other]}, {"sees_numbers": False}):
        stranger = Browser(energo)
        stranger.sign_in(
            user(energo, Role.COMPLIANCE, email=f"{len(details)}{next(iter(details))}@x.example", **details)
        )
        mine = fields | hidden_fields(stranger.open("/numbers"))
        stranger.send_again("/evidence/open", mine)
        assert stranger.page.status_code in (403, 404), details
        stranger.open(place)
        assert stranger.page.status_code == 404, "the reference is another's"
        assert stranger.client.get(f"{place}/file").status_code == 404
    assert reads(energo) == 1


def test_what_is_claimed_and_not_held_is_listed_without_its_number_until_it_is_sent(
    energo: Gate, browser: Browser
) -> None:
    data = b"what the person said"
    energo.consent(NUMBER, evidence=[digest(data)])
    energo.consent("+420602123456", evidence=[digest(data)])
    energo.consent("+420603123456", evidence=[sent_artefact(energo).json["sha256"]])
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = browser.open("/evidence")
    assert text.count("Look up the newest") == 1, "both consents name the same file"
    assert "3 consents looked at" in text
    assert digest(data)[7:19] in text
    assert "602" not in text.replace(digest(data)[7:19], "")
    story = browser.send_again("/evidence/number", fields_of(text, "/evidence/number"))
    assert "+420 602 123 456" in story
    kinds = [json.loads(entry["leaf"])["kind"] for entry in every_entry(energo)]
    assert kinds.count("lookup") == 4
    fields = hidden_fields(browser.open("/evidence"))
    browser.send_again("/evidence", fields | {"controller": "energo", "evidence": (io.BytesIO(b""), "empty.txt")})
    assert browser.page.status_code == 422
    assert "The file is empty." in browser.page.text
    fields = hidden_fields(browser.open("/evidence"))
    sent = fields | {"controller": "energo", "evidence": (io.BytesIO(data), "said.txt")}
    text = browser.send_again("/evidence", sent)
    assert "The file is kept." in text
    assert "Every consent that was looked at is proved" in text


def test_the_review_goes_on_from_page_to_page(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    seen: list[str] = []
    for place in range(evidence_review.MOST + 5):
        energo.consent(f"+4206011234{place:02}", evidence=[f"sha256:{place:064x}"])
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = browser.open("/evidence")
    while True:
        seen += re.findall(r'<th scope="row"><code>', text)
        after = re.search(r'rel="next" href="([^"]*)"', text)
        if after is None:
            break
        text = browser.open(after[1])
    assert len(seen) == evidence_review.MOST + 5
    browser.open("/evidence?before=601123456")
    assert browser.page.status_code == 404


def test_no_browser_keeps_a_file_and_whoever_no_longer_sees_numbers_sees_it_no_more(
    plain_energo: Gate, plain_browser: Browser
) -> None:
    energo, browser = plain_energo, plain_browser
    sha256 = sent_artefact(energo).json["sha256"]
    energo.consent(NUMBER, evidence=[sha256])
    officer = user(energo, Role.COMPLIANCE)
    browser.sign_in(officer)
    looked_up(browser)
    opened(browser, sha256)
    place = browser.page.request.path
    file = browser.client.get(f"{place}/file")
    assert file.headers["Cache-Control"] == "private, no-store"
    file.close()
    blind = Access(role=Role.COMPLIANCE, controller_ids=None, sees_numbers=False)
    with energo.context.transaction() as tx:
        change_access(tx.session, id=officer.id, access=blind, actor=operator("test"), now=tx.now)
    assert [browser.client.get(one).status_code for one in (place, f"{place}/file")] == [403, 403]

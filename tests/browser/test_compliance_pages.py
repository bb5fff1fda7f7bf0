"""The day of a compliance officer and of an administrator in a real browser, in English and in Czech."""

import io
import wave
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.policies.load import FOLDER
from tests.browser.keyboard import press_to
from tests.browser.seen import PHONE, Tour, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")


DURATION = """() => new Promise(told => {
  const audio = document.querySelector("audio");
  if (audio.readyState) { told(audio.duration); }
  audio.onloadedmetadata = () => told(audio.duration);
  audio.onerror = () => told("it cannot be played");
})"""


def recording(folder: Path) -> Path:
    """Write a second of silence, as a consent that was spoken."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000)
    path = folder / "consent.wav"
    path.write_bytes(data.getvalue())
    return path


def look_up(tour: Tour, number: str, button: str = "Look up") -> str:
    """Look a number up by the form; give the address of its page."""
    tour.open("/numbers")
    tour.send(button, number=number)
    return tour.page.url.partition(f":{tour.server.port}")[2]


def test_an_officer_records_a_consent_objects_without_a_mouse_lifts_and_hears_the_evidence(
    tour: Tour, tmp_path: Path
) -> None:
    page = tour.page
    tour.sign_in_by_keys("compliance")
    tour.press(page.get_by_role("link", name="Numbers", exact=True))
    tour.audit("numbers")
    tour.type("601 888 001", is_last=True)
    place = page.url.partition(f":{tour.server.port}")[2]
    page.get_by_role("link", name="Record a consent").click()
    page.get_by_label("Controller").select_option("energo")
    page.get_by_label("Marketing").check()
    page.get_by_label("A person").check()
    page.set_input_files("[name=evidence]", str(recording(tmp_path)))
    tour.audit("consent")
    tour.send("Record the consent", product_categories="energy", wording="2026-11", person="Jana Nováková")
    page.get_by_label("Campaign").select_option("energo/energo-winter")
    tour.send("Ask the gate")
    assert "no permission to dial" in page.inner_text("main")
    tour.audit("number-asked")
    page.get_by_role("button", name="Open the evidence (audio/wav)").click()
    assert page.evaluate(DURATION) == 1
    tour.audit("evidence-opened")
    tour.walk()
    for act in ("withdrawal", "erasure"):
        tour.open(f"{place}/{act}")
        tour.audit(act)
    tour.open(place)
    tour.press(page.get_by_role("link", name="Record an objection"))
    tour.choose(page.get_by_label("Controller"), "Energo")
    press_to(page, page.locator("[name=reason]").first)
    while not page.get_by_label("Complaint").is_checked():
        page.keyboard.press("ArrowDown")
    tour.audit("objection")
    tour.press(page.get_by_role("button", name="Record the objection"))
    page.get_by_role("link", name="Propose to lift it").click()
    page.get_by_role("heading", name="Propose").first.wait_for()
    tour.audit("lift")
    tour.walk()
    tour.send("Propose the lift", reason="It was about another company")
    tour.open("/waiting")
    assert "You proposed this: somebody else decides." in page.inner_text("main")
    tour.open("/suppressions?state=standing")
    tour.audit("suppressions")
    page.get_by_role("button", name="601 888 001").first.click()
    page.get_by_role("heading", name="601 888 001").wait_for()
    tour.open("/evidence")
    tour.audit("evidence")
    tour.open("/registers")
    tour.audit("registers")
    tour.open("/registrations")
    page.get_by_label("Whose registration").select_option("*")
    tour.audit("registrations")
    tour.send("Add the registration", authority="us-fl-dacs", name="TM-1", valid_from="2026-01-01")
    page.get_by_role("link", name="End it us-fl-dacs, TM-1").click()
    page.get_by_role("button", name="End the registration").wait_for()
    tour.audit("registration-end")
    tour.walk()
    tour.send("End the registration", on="2026-06-01")
    assert "The registration is ended." in page.inner_text("main")
    assert_clean(tour.seen, tour.server)


def test_two_persons_change_the_rules_and_a_register(tour: Tour) -> None:
    page, server = tour.page, tour.server
    assert server.call("POST", "/v1/registers", {"slug": "cz-shown", "name": "Shown", "format": "plain"}).status == 201
    for numbers in (b"+420601888002\n", b"+420601888002\n+420601888003\n"):
        path = "/v1/registers/cz-shown/snapshots?as_of=2026-01-01T00:00:00Z&source=portal"
        raw = {"Content-Type": "application/octet-stream"}
        assert server.call("POST", path, numbers, headers=raw).status == 201
    in_force = server.call("GET", "/v1/rulesets").json["in_force"]
    content = server.call("GET", f"/v1/rulesets/{in_force}").json["content"]
    content["rules"] = [rule for rule in content["rules"] if rule["id"] != "at-house-hours"]
    body = {"reason": "Austria without house hours", "content": content}
    assert server.call("POST", "/v1/rulesets/proposals", body).status == 201
    tour.sign_in("compliance")
    tour.open("/waiting")
    tour.audit("waiting-second")
    page.get_by_text("Approve", exact=True).first.click()
    tour.send("Yes, approve")
    tour.open("/registers/cz-shown/import")
    file = {"name": "cz.txt", "mimeType": "text/plain", "buffer": b"+420601888002\nrain\n"}
    page.set_input_files("[name=file]", file)  # type: ignore[arg-type]
    page.fill("[name=source]", "portal")
    page.get_by_role("button", name="Import the snapshot").click()
    page.get_by_role("heading", name="This was not taken").wait_for()
    assert "line 2: " in page.inner_text("#file-wrong")
    tour.audit("register-import")
    tour.walk()
    page.set_input_files("[name=file]", file | {"buffer": b"+420601888002\n"})  # type: ignore[arg-type]
    tour.send("Import the snapshot")
    page.get_by_role("heading", name="The snapshot waits for a second person").wait_for()
    assert page.inner_text("tbody").count("stands") == 1
    tour.audit("register")
    tour.walk()
    tour.open("/rulesets")
    tour.audit("rulesets")
    page.get_by_role("link", name="Propose a change").click()
    page.get_by_text("Paste a file").click()
    tour.send("Check the rules", reason="A test", name="sk.toml", text="schema = 1\nrule = 3")
    assert "2 faults" in page.inner_text("#faults")
    page.set_input_files("[name=file]", [])
    page.fill("#text-1", (FOLDER / "sk.toml").read_text().replace("citation = ", "citation = 'New ' # ", 1))
    tour.send("Check the rules")
    page.get_by_role("button", name="Propose this change").wait_for()
    tour.audit("ruleset-checked")
    tour.send("Propose this change")
    assert "Nothing changes until a second person approves it." in page.inner_text("main")
    page.get_by_text("Take it back", exact=True).click()
    tour.send("Yes, take it back")
    tour.open("/rulesets")
    page.get_by_role("link", name="Austria without house hours").click()
    page.get_by_text("The whole rule").click()
    tour.send("Rehearse")
    tour.audit("ruleset")
    tour.walk()
    tour.send("Yes, reject")
    assert "It is rejected; nothing changed." in page.inner_text("main")
    tour.seen.complaints = [one for one in tour.seen.complaints if "422" not in one]  # it says so of any such status
    assert_clean(tour.seen, server)


def test_the_officers_day_in_czech_on_a_telephone_without_scripts(
    chrome: Browser, server: Server, tmp_path: Path
) -> None:
    context = chrome.new_context(java_script_enabled=False, locale="cs-CZ", viewport={"width": PHONE, "height": 800})
    tour = Tour(page=context.new_page(), server=server)
    page = tour.page
    tour.sign_in("compliance", button="Přihlásit se")
    tour.send("Čeština")
    place = look_up(tour, "601 888 004", "Vyhledat")
    page.get_by_role("link", name="Zapsat souhlas").click()
    page.get_by_label("Správce").select_option("energo")
    page.get_by_label("Marketing").check()
    page.get_by_label("Člověk").check()
    page.set_input_files("[name=evidence]", str(recording(tmp_path)))
    tour.send("Zapsat souhlas", product_categories="energy", wording="2026-11", person="Jan Novák")
    page.get_by_role("button", name="Otevřít důkaz (audio/wav)").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Stáhnout soubor").click()
    assert Path(download.value.path()).read_bytes() == (tmp_path / "consent.wav").read_bytes()
    tour.open(f"{place}/objection")
    page.get_by_label("Správce").select_option("*")
    tour.send("Zapsat námitku")
    assert "Námitka proti všem volajícím" in page.inner_text("main")
    page.get_by_label("Kampaň").select_option("energo/energo-winter")
    tour.send("Zeptat se brány")
    assert "Zamítnuto" in page.inner_text("main")
    page.get_by_role("link", name="Zapsat odvolání").click()
    page.get_by_label("Správce").select_option("energo")
    tour.send("Zapsat odvolání")
    assert page.url.endswith(place)
    tour.send("English")  # the demonstration's user is everybody's
    assert_clean(tour.seen, server)
    context.close()


def test_an_administrator_adds_a_controller_and_a_key_without_a_mouse(tour: Tour) -> None:
    page = tour.page
    tour.sign_in_by_keys("admin")
    tour.press(page.get_by_role("link", name="Controllers"))
    tour.choose(page.locator("[name=name]"), "Nadace Příklad")
    tour.choose(page.locator("[name=slug]"), "nadace")
    tour.choose(page.locator("[name=country]"), "CZ")
    tour.press(page.get_by_role("button", name="Add the controller"))
    tour.audit("controllers")
    tour.press(page.get_by_role("link", name="API keys"))
    tour.choose(page.locator("[name=name]"), "Dialer Brno")
    tour.choose(page.locator("[name=reach]").first)
    page.keyboard.press("ArrowDown")  # to the choice below, as in any group of choices
    tour.choose(page.locator("[name=controllers]").first)
    tour.press(page.get_by_role("button", name="Make the key"))
    assert page.inner_text("code.secret").startswith("dg_live_")
    tour.audit("keys")
    made = page.locator("tr", has_text="Dialer Brno")
    tour.choose(made.locator("summary"))
    tour.press(made.get_by_role("button", name="Yes, revoke"))
    assert "The key is revoked." in page.inner_text("main")
    assert_clean(tour.seen, tour.server)

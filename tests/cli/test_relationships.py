"""`flask relationships`: the same as through the door."""

from pathlib import Path

from tests.cli.test_commands import refused, told
from tests.gate import Gate
from tests.relationships import NUMBER, accepting

ABOUT = ("--controller", "energo")


def test_relationships_are_added_searched_and_imported_by_commands(energo: Gate, tmp_path: Path) -> None:
    accepting(energo, "contract")
    words = ("--kind", "contract", "--category", "energy", "--since", "2026-01-01T00:00:00Z", "--ref", "c-1")
    added = told(energo, "relationships", "add", "-", *ABOUT, *words, stdin=f"{NUMBER}\n")
    assert energo.check(NUMBER)["decision"] == "allow"
    line = refused(energo, "relationships", "add", NUMBER, *ABOUT, *words[:-2])
    assert line.startswith("needs_reference: ")
    file = tmp_path / "a.csv"
    file.write_text(f"number,kind,product_categories,since,until,ref\n{NUMBER},contract,energy,2026-01-01T00:00:00Z,"
                    "2026-02-01T00:00:00Z,c-1\n")  # fmt: skip
    assert told(energo, "relationships", "import", str(file), *ABOUT)["totals"]["imported"] == 1
    assert energo.check(NUMBER)["decision"] == "deny"
    found = told(energo, "relationships", "search", NUMBER, *ABOUT)["relationships"]
    assert [(one["id"] == added["id"], one["counts"]) for one in found] == [(True, False), (False, True)]

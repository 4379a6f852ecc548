"""Audit: entries in a reader's words, filters, and a broken chain that shows."""

import sqlite3
from contextlib import closing

from core.records import Opinion, Statement
from core.services import review
from core.services.site import Site
from dashboard.screens.audit import subject
from tests.dashboard.conftest import READER, Screen, keys, texts
from tests.people import person


def test_what_was_done_is_listed_newest_first(screen: Screen, site: Site) -> None:
    key = keys(site)[0]
    review.open_case(site, key, actor=person("Dr. Other"))
    review.give_verdict(site, key, Statement(Opinion.FRACTURE), actor=person("Dr. Other"))
    shown = screen("audit", site).dataframe[0].value
    assert list(shown["What"][:2]) == ["Signed a verdict", "Opened a case"]
    assert list(shown["Who"][:2]) == ["Dr. Other", "Dr. Other"]
    assert list(shown["On"][:2]) == [f"study:{key}"] * 2


def test_filters_narrow_the_list(screen: Screen, site: Site) -> None:
    first, second, *_ = keys(site)
    for key in (first, second):
        review.open_case(site, key, actor=person(READER))
    test = screen("audit", site)
    test.selectbox(key="audit-what").set_value("view").run()
    assert set(test.dataframe[0].value["On"]) == {f"study:{first}", f"study:{second}"}
    test.text_input(key="audit-case").input(str(second)).run()
    assert list(test.dataframe[0].value["On"]) == [f"study:{second}"]
    assert "**1 entry**" in texts(test)
    test.text_input(key="audit-case").input("nothing").run()
    assert "No entry matches" in texts(test)


def test_a_whole_chain_is_told_with_its_head(screen: Screen, site: Site) -> None:
    review.open_case(site, keys(site)[0], actor=person(READER))
    test = screen("audit", site)
    test.button(key="audit-check").click().run()
    assert "The trail is whole" in test.success[0].value
    number, _, digest = test.code[0].value.partition(":")
    assert int(number) >= 1
    assert len(digest) == 64


def test_a_changed_entry_is_found(screen: Screen, site: Site) -> None:
    for key in keys(site)[:3]:
        review.open_case(site, key, actor=person(READER))
    test = screen("audit", site)
    with closing(sqlite3.connect(site.settings.data_dir / "lucency.sqlite3")) as plain:
        newest = plain.execute("SELECT max(key) FROM audit_entries").fetchone()[0]
        for (trigger,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            plain.execute(f'DROP TRIGGER "{trigger}"')
        plain.execute("UPDATE audit_entries SET actor = 'nobody' WHERE key = ?", [newest - 1])
        plain.commit()
    test.button(key="audit-check").click().run()
    assert f"broken at entry {newest - 1}" in texts(test)


def test_a_case_is_found_by_its_number() -> None:
    assert (subject(" 12 "), subject("#7"), subject(""), subject("x")) == ("study:12", "study:7", "", "x")

"""The worklist as the pages get it: the order, the filters, and the way to the next case."""

from core.records import Answer, Opinion, Statement, Status, WorklistRow
from core.services.analyse import analyse_pending
from core.services.claim import peek_next
from core.services.review import flag, give_verdict
from core.services.site import Site
from core.services.triage import WorklistFilter, body_parts, worklist
from tests.core.services.films import film, stored
from tests.people import person


def test_most_urgent_first_and_what_is_read_last(site: Site) -> None:
    stored(site, *(film(number, study=number) for number in range(6)))
    list(analyse_pending(site, actor="tester"))
    before = worklist(site, WorklistFilter(), actor=person())
    assert before.total == 6
    ranks = [row.answer.rank for row in before.rows if row.answer is not None]
    assert ranks == sorted(ranks, reverse=True)
    give_verdict(site, before.rows[0].study_key, Statement(Opinion.UNCERTAIN), actor=person("Dr. A"))
    after = worklist(site, WorklistFilter(), actor=person())
    assert after.rows[-1].study_key == before.rows[0].study_key
    assert (after.counts[Status.UNREAD], after.counts[Status.READ]) == (5, 1)


def test_what_the_ai_says_is_kept_back_until_a_case_is_read_but_for_the_order(site: Site) -> None:
    stored(site, film(1, study=1))
    list(analyse_pending(site, actor="tester"))

    def row() -> WorklistRow:
        return worklist(site, WorklistFilter(), actor=person()).rows[0]

    assert (row().answer is not None, row().probability, row().withheld) == (True, None, True)
    contrary = Opinion.NO_FRACTURE if row().answer is Answer.FRACTURE else Opinion.FRACTURE
    give_verdict(site, row().study_key, Statement(contrary), actor=person("Dr. A"))
    assert (row().status, row().withheld, row().disagrees) == (Status.READ, False, row().answer is not Answer.DOUBT)
    assert row().probability is not None
    stored(site, film(2, study=1))
    list(analyse_pending(site, actor="tester"))
    assert (row().status, row().opinion, row().withheld) == (Status.UNREAD, contrary, True)
    assert (row().probability, row().disagrees) == (None, False)
    site.settings = site.settings.model_copy(update={"read_first": False})
    assert (row().probability is not None, row().withheld) == (True, False)


def test_the_next_case_is_the_one_on_top_and_never_the_same(site: Site) -> None:
    stored(site, *(film(number, study=number) for number in range(3)))
    list(analyse_pending(site, actor="tester"))
    keys = [row.study_key for row in worklist(site, WorklistFilter(), actor=person()).rows]
    assert peek_next(site, actor=person(), after=None, filters=WorklistFilter()) == keys[0]
    assert peek_next(site, actor=person(), after=keys[1], filters=WorklistFilter()) == keys[0]
    assert peek_next(site, actor=person(), after=keys[0], filters=WorklistFilter()) == keys[1]
    skipped = {keys[0], keys[1]}
    assert peek_next(site, actor=person(), after=keys[1], filters=WorklistFilter(), skipped=skipped) == keys[2]
    for key in keys[1:]:
        give_verdict(site, key, Statement(Opinion.NO_FRACTURE), actor=person("Dr. A"))
    assert peek_next(site, actor=person(), after=keys[0], filters=WorklistFilter()) is None


def test_filters_and_pages(empty_site: Site) -> None:
    stored(empty_site, *(film(n, study=n, BodyPartExamined=part) for n, part in enumerate(("HAND", "WRIST", "HAND"))))
    flag(empty_site, 1, actor=person("Dr. A"), reason="because")
    assert body_parts(empty_site, actor=person()) == ("HAND", "WRIST")
    assert worklist(empty_site, WorklistFilter(body_parts=frozenset({"HAND"})), actor=person()).total == 2
    assert worklist(empty_site, WorklistFilter(text="test-0002"), actor=person()).total == 1
    assert [row.study_key for row in worklist(empty_site, WorklistFilter(flagged=True), actor=person()).rows] == [1]
    assert worklist(empty_site, WorklistFilter(answers=frozenset({Answer.FRACTURE})), actor=person()).total == 0
    page = worklist(empty_site, WorklistFilter(), limit=1, offset=1, actor=person())
    assert (len(page.rows), page.total) == (1, 3)

"""The worklist as the pages get it: the order, the filters, and the way to the next case."""

from core.records import Answer, Opinion, Status
from core.services.analyse import analyse_pending
from core.services.review import flag, give_verdict
from core.services.site import Site
from core.services.triage import WorklistFilter, body_parts, next_case, worklist
from tests.core.services.films import film, stored


def test_most_urgent_first_and_what_is_read_last(site: Site) -> None:
    stored(site, *(film(number, study=number) for number in range(6)))
    list(analyse_pending(site, actor="tester"))
    before = worklist(site, WorklistFilter())
    assert before.total == 6
    ranks = [row.answer.rank for row in before.rows if row.answer is not None]
    assert ranks == sorted(ranks, reverse=True)
    give_verdict(site, before.rows[0].study_key, reader="Dr. A", opinion=Opinion.UNCERTAIN)
    after = worklist(site, WorklistFilter())
    assert after.rows[-1].study_key == before.rows[0].study_key
    assert (after.counts[Status.UNREAD], after.counts[Status.READ]) == (5, 1)


def test_the_next_case_is_below_then_from_the_top_and_never_the_same(site: Site) -> None:
    stored(site, *(film(number, study=number) for number in range(3)))
    list(analyse_pending(site, actor="tester"))
    keys = [row.study_key for row in worklist(site, WorklistFilter()).rows]
    assert next_case(site, after=None, filters=WorklistFilter()) == keys[0]
    assert next_case(site, after=keys[1], filters=WorklistFilter()) == keys[2]
    assert next_case(site, after=keys[2], filters=WorklistFilter()) == keys[0]
    for key in keys[1:]:
        give_verdict(site, key, reader="Dr. A", opinion=Opinion.NO_FRACTURE)
    assert next_case(site, after=keys[0], filters=WorklistFilter()) is None


def test_filters_and_pages(empty_site: Site) -> None:
    stored(empty_site, *(film(n, study=n, BodyPartExamined=part) for n, part in enumerate(("HAND", "WRIST", "HAND"))))
    flag(empty_site, 1, reader="Dr. A", reason="because")
    assert body_parts(empty_site) == ("HAND", "WRIST")
    assert worklist(empty_site, WorklistFilter(body_parts=frozenset({"HAND"}))).total == 2
    assert worklist(empty_site, WorklistFilter(text="test-0002")).total == 1
    assert [row.study_key for row in worklist(empty_site, WorklistFilter(flagged=True)).rows] == [1]
    assert worklist(empty_site, WorklistFilter(answers=frozenset({Answer.FRACTURE}))).total == 0
    page = worklist(empty_site, WorklistFilter(), limit=1, offset=1)
    assert (len(page.rows), page.total) == (1, 3)

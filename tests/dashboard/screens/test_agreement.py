"""Agreement: the site's own reads in tables a reader understands."""

from core.records import Opinion, Statement
from core.services import review
from core.services.site import Site
from core.services.withdraw import withdraw_verdict
from dashboard import office_wording
from tests.dashboard.conftest import READER, Screen, keys, texts
from tests.people import person


def test_without_a_read_it_says_so(screen: Screen, site: Site) -> None:
    test = screen("agreement", site)
    assert office_wording.NO_READS in texts(test)
    assert not test.dataframe


def test_reads_appear_in_each_table(screen: Screen, site: Site) -> None:
    chosen = keys(site)[:3]
    for reader in (READER, "Dr. Other"):
        for key in chosen:
            review.open_case(site, key, actor=person(reader))
            review.give_verdict(site, key, Statement(Opinion.FRACTURE), actor=person(reader))
    test = screen("agreement", site)
    test.toggle(key="agreement-synthetic").set_value(True).run()
    against, pairs, changes, times = (element.value for element in test.dataframe)
    assert list(against["Reads"]) == [6, 6, 6, 6]
    assert list(pairs["Agree"]) == ["100%"]
    assert list(changes["Reads"]) == [6, 0, 0, 0]
    assert list(times["Reader"]) == ["All readers", "Dr. Other", READER]
    test.selectbox(key="agreement-reader").set_value(READER).run()
    assert list(test.dataframe[0].value["Reads"]) == [3, 3, 3, 3]


def test_reads_that_left_because_they_were_taken_back_are_told(screen: Screen, site: Site) -> None:
    key = keys(site)[0]
    assert "taken back" not in texts(screen("agreement", site))
    taken = review.give_verdict(site, key, Statement(Opinion.FRACTURE), actor=person(READER))
    review.reveal_ai(site, key, actor=person(READER))
    withdraw_verdict(site, taken.key, actor=person(READER))
    review.give_verdict(site, key, Statement(Opinion.NO_FRACTURE), actor=person(READER))
    test = screen("agreement", site)
    test.toggle(key="agreement-synthetic").set_value(True).run()
    assert office_wording.WITHDRAWN.format(reads="1 read") in texts(test)
    assert list(test.dataframe[0].value["Reads"]) == [0, 0, 0, 0]


def test_amounts_are_told_as_people_say_them() -> None:
    assert (office_wording.seconds(41.6), office_wording.seconds(185)) == ("42 s", "3 min 5 s")

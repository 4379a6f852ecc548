"""The sample studies in the store."""

from core.records import Outcome
from core.services.review import open_case
from core.services.samples import sample_receipts
from core.services.site import Site
from tests.people import person


def test_samples_are_read_by_our_own_door_without_a_warning(empty_site: Site) -> None:
    receipts = list(sample_receipts(empty_site, actor="tester"))
    assert {(r.outcome, r.warnings) for r in receipts} == {(Outcome.STORED, ())}
    cases = [open_case(empty_site, key, actor=person("Dr. A")) for key in sorted({r.study_key or 0 for r in receipts})]
    assert [len(case.images) for case in cases] == [2, 1, 1, 1, 1, 1]
    assert {case.study.body_part for case in cases} == {"FOREARM", "LEG", "HAND", "HUMERUS"}
    assert all(case.study.synthetic for case in cases)
    assert {image.laterality for case in cases for image in case.images} == {"L", "R"}
    assert all(image.pixel_spacing == (0.2, 0.2) for case in cases for image in case.images)
    assert {image.spacing_source for case in cases for image in case.images} == {"PixelSpacing", "ImagerPixelSpacing"}

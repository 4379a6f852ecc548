"""Key image: pointed out and taken back, audited, each reader her own."""

import pytest

from core.errors import NotAllowed, NotFound
from core.rights import Role
from core.services.key_image import choose_key_image
from core.services.review import open_case
from core.services.site import Site
from core.store import audit
from tests.core.services.films import film, take_in
from tests.people import person


def actions(site: Site) -> list[str]:
    """What the audit trail says of key images, oldest first."""
    with site.database.reading() as session:
        entries = audit.find(session)
    return [f"{e.actor}: {e.action} {e.subject} {e.outcome}" for e in reversed(entries) if "key-image" in e.action]


def test_each_step_is_audited_once(empty_site: Site) -> None:
    receipt = take_in(empty_site, film())
    image, study = receipt.image_key or 0, receipt.study_key or 0
    for chosen in (True, True, False, False):
        told = choose_key_image(empty_site, image, chosen=chosen, actor=person("Dr. A"))
        assert [key.image_key for key in told] == [image] * chosen
    assert actions(empty_site) == [
        f"Dr. A: key-image study:{study} image:{image}",
        f"Dr. A: no-key-image study:{study} image:{image}",
    ]


def test_a_colleagues_choice_stays_and_is_not_told(empty_site: Site) -> None:
    receipt = take_in(empty_site, film())
    image = receipt.image_key or 0
    for reader in ("Dr. A", "Dr. B"):
        choose_key_image(empty_site, image, chosen=True, actor=person(reader))
    assert choose_key_image(empty_site, image, chosen=False, actor=person("Dr. A")) == ()
    left = open_case(empty_site, receipt.study_key or 0, actor=person("Dr. A")).key_images
    assert [(key.image_key, key.reader) for key in left] == [(image, "Dr. B")]


def test_who_may_not_read_points_nothing_out(empty_site: Site) -> None:
    image = take_in(empty_site, film()).image_key or 0
    with pytest.raises(NotAllowed):
        choose_key_image(empty_site, image, chosen=True, actor=person("Dr. A", Role.ADMIN))
    assert actions(empty_site) == []


def test_an_image_that_is_not_there(empty_site: Site) -> None:
    with pytest.raises(NotFound):
        choose_key_image(empty_site, 99, chosen=True, actor=person("Dr. A"))
    assert actions(empty_site) == []

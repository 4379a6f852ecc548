"""Key bindings: they come back as they were, belong to one reader, and go all at once."""

import pytest

from core.errors import RequestError
from core.services.key_bindings import LONGEST, MOST, bind, bindings, restore_defaults
from core.services.site import Site
from tests.people import person


def test_a_key_comes_back_and_only_to_its_owner(empty_site: Site) -> None:
    bind(empty_site, "sign", "j", actor=person("Dr. A"))
    bind(empty_site, "sign", "u", actor=person("Dr. A"))
    bind(empty_site, "fit", "j", actor=person("Dr. A"))
    bind(empty_site, "sign", "q", actor=person("Dr. B"))
    assert bindings(empty_site, actor=person("Dr. A")) == {"fit": "j", "sign": "u"}
    restore_defaults(empty_site, actor=person("Dr. A"))
    assert bindings(empty_site, actor=person("Dr. A")) == {}
    assert bindings(empty_site, actor=person("Dr. B")) == {"sign": "q"}


@pytest.mark.parametrize(("action", "key"), [("", "a"), ("sign", ""), ("x" * (LONGEST + 1), "a"), ("a", "x" * 99)])
def test_both_have_a_name_of_a_sensible_length(empty_site: Site, action: str, key: str) -> None:
    with pytest.raises(RequestError):
        bind(empty_site, action, key, actor=person())
    assert bindings(empty_site, actor=person()) == {}


def test_there_is_room_for_so_many(empty_site: Site) -> None:
    for number in range(MOST):
        bind(empty_site, str(number), "a", actor=person())
    bind(empty_site, "0", "b", actor=person())
    with pytest.raises(RequestError):
        bind(empty_site, "one more", "a", actor=person())

"""The page of an evaluation tells its figures, escapes what it is given, and leaves out what is missing."""

import re

from core.exchange.evaluation_page import Content, Gallery, Picture, as_html
from tests.core.services.measurements import part


def test_everything_has_its_section() -> None:
    held = part()
    pictures = (Picture(b"\xff\xd8", 'a "quoted" <name>'),)
    html = as_html(
        Content("net on test", held, {"auroc": "AUROC"}, (Gallery("Missed", "why", pictures),), {"loss": [2.0, 1.0]})
    )
    assert f"{held['figures']['auroc'][0]:.3f} [" in html
    titles = re.findall("<h2>(.*?)</h2>", html)
    assert titles[:3] == ["Figures", "Curves", "Confusion matrices"]
    assert {"Missed", "Training", "Where it looks", "Predictive values", "Subgroups"} <= set(titles)
    assert "too few" in html
    assert "<name>" not in html
    assert all(f'id="{place}"' in html for place in re.findall('href="#(.*?)"', html))


def test_what_is_missing_is_left_out() -> None:
    html = as_html(Content("net", part() | {"localisation": {}, "randomisation": []}, {}))
    assert "Where it looks" not in html
    assert "Training" not in html
    assert not re.search("http", html)

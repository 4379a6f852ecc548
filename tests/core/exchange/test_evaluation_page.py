"""The page of an evaluation tells its figures, escapes what it is given, and leaves out what is missing."""

import re
from html import escape

from core.exchange.evaluation_page import Content, Gallery, Picture, as_html
from models import evidence_words as words
from models.card_evidence import evidence_sections
from tests.core.services.measurements import part


def test_everything_has_its_section() -> None:
    held = part()
    pictures = (Picture(b"\xff\xd8", 'a "quoted" <name>'),)
    html = as_html(Content("net on test", held, (Gallery("Missed", "why", pictures),), {"loss": [2.0, 1.0]}))
    assert f"{held['figures']['auroc'][0]:.3f} [" in html
    titles = re.findall("<h2>(.*?)</h2>", html)
    assert titles[:3] == ["Figures", "Curves", "Confusion matrices"]
    assert {"Missed", "Training", "Where it looks", "Predictive values", "Subgroups"} <= set(titles)
    assert "too few" in html
    assert "<name>" not in html
    assert all(f'id="{place}"' in html for place in re.findall('href="#(.*?)"', html))


def test_what_is_missing_is_left_out() -> None:
    html = as_html(Content("net", part() | {"localisation": {}, "randomisation": []}))
    assert "Where it looks" not in html
    assert "Training" not in html
    assert not re.search("http", html)


def test_card_and_report_show_the_same_tables() -> None:
    held = part()
    card, page = "".join(evidence_sections({"test": held})), as_html(Content("net on test", held))
    tables = [words.predictive_values(held), words.subgroups(held), words.heat(held, "large"), words.shuffled(held)]
    cells = [cell for table in [*tables, words.failures(held, "missed")] for row in table.rows for cell in row]
    assert len(cells) > 50
    assert [cell for cell in cells if f"| {cell} |" not in card] == []
    assert [cell for cell in cells if f"<td>{escape(cell)}</td>" not in page] == []

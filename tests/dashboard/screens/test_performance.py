"""Performance: the measured figures in words and tables, for any network of the site."""

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.services.site import Site
from dashboard import performance_wording as words
from dashboard.parts import charts
from dashboard.screens.performance import benefit_rows, natural_rows, unquoted
from models import evidence_words as told
from tests.core.services.measurements import card, part, write_measured
from tests.dashboard.conftest import Screen, texts


@pytest.fixture
def measured_site(site: Site, tmp_path: Path) -> Site:
    """A site whose network was measured on test and val."""
    folder = write_measured(tmp_path / "net", "test", "val")
    site.settings = site.settings.model_copy(update={"bundle": folder})
    return site


def tables(test: AppTest) -> str:
    """All tables of a page as text."""
    return "\n".join(table.value.to_csv() for table in test.table)


def test_the_network_in_use_is_told_of(screen: Screen, measured_site: Site) -> None:
    test = screen("performance", measured_site)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="performance-bundle").value == card().bundle_id
    assert "120 images, 40 of them fractured" in texts(test)
    assert {one.label for one in test.metric} >= {"AUROC", "Sensitivity if suspected"}
    assert [tab.label for tab in test.tabs] == list(words.TABS)
    shown = tables(test)
    assert told.SCORES["peak_in_box"] in shown
    assert told.TOO_FEW in shown
    assert told.TRAITS["hardware"] in shown
    assert told.FAILED_TOLD["missed"].format(count=part()["failures"]["missed"]["count"], of=40) in texts(test)


def test_every_chart_is_described_without_a_warning_in_the_log(
    screen: Screen, measured_site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("streamlit"), "propagate", True)
    test = screen("performance", measured_site)
    drawn = test.get("vega_lite_chart")
    assert len(drawn) == 5
    assert all(one.proto.alt for one in drawn)
    assert not [record for record in caplog.records if record.name.startswith("streamlit.elements")]


def test_tuning_images_come_with_a_warning(screen: Screen, measured_site: Site) -> None:
    test = screen("performance", measured_site)
    assert words.NOT_TEST not in texts(test)
    test.segmented_control(key="performance-split").set_value("val").run()
    assert words.NOT_TEST in texts(test)


def test_the_prevalence_changes_what_an_answer_means(screen: Screen, measured_site: Site) -> None:
    test = screen("performance", measured_site)
    before = tables(test)
    test.segmented_control(key="performance-prevalence").set_value(0.05).run()
    assert not test.exception
    assert "50 fractures" in texts(test)
    assert tables(test) != before


def test_a_network_without_evidence_says_which_command_makes_it(screen: Screen, site: Site, tmp_path: Path) -> None:
    folder = write_measured(tmp_path / "net")
    site.settings = site.settings.model_copy(update={"bundle": folder})
    test = screen("performance", site)
    assert words.NOT_MEASURED in texts(test)
    assert "--record" in test.code[0].value
    assert str(folder) in test.code[0].value


def test_a_thousand_images_add_up() -> None:
    for row in natural_rows(part(), 0.1):
        counted = [int(cell.replace(",", "")) for cell in row[1:5]]
        assert counted[0] + counted[1] == 100
        assert sum(counted) == 1000


def test_the_decision_curve_in_numbers() -> None:
    rows = benefit_rows(part()["net_benefit"])
    assert rows[0][0] == "5%"
    assert len(rows) == 12


def test_every_chart_names_its_lines() -> None:
    held = part()
    for draw in (charts.roc, charts.precision_recall, charts.reliability, charts.net_benefit):
        chart = draw(held).to_dict()
        assert "strokeDash" in str(chart)
    assert len(charts.lined({"a": [(0, 0), (1, 1)], "b": [(0, 1)]})) == 3


def test_more_than_is_no_quotation() -> None:
    assert [unquoted(cell) for cell in (">99%", "<1%", "98% [97, 99]")] == ["\\>99%", "<1%", "98% [97, 99]"]

"""Settings: read from the environment; wrong ones are refused with the variable's name and without what it holds."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.cli import main
from core.errors import InvalidSettings
from core.settings import Limits, Settings, safe_url, settings_from_environment

ISSUER = "LUCENCY_OIDC_ISSUER"
WHOLE = {
    ISSUER: "https://login.hospital.example/realms/main",
    "LUCENCY_OIDC_CLIENT_ID": "lucency",
    "LUCENCY_OIDC_CLIENT_SECRET": "hush-hush",
    "LUCENCY_OIDC_PUBLIC_URL": "https://lucency.hospital.example",
    "LUCENCY_OIDC_READER_GROUPS": "CN=Readers,OU=Radiology",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which a provider is set up."""
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_without_variables_there_is_no_provider() -> None:
    oidc = settings_from_environment().oidc
    assert not oidc.in_use
    assert oidc.passwords == "everybody"


def test_a_provider_is_read_and_its_secret_is_not_shown(given: pytest.MonkeyPatch) -> None:
    given.setenv("LUCENCY_OIDC_LEAD_GROUPS", '["leads", "CN=Chief, OU=Radiology"]')
    settings = settings_from_environment()
    assert settings.oidc.in_use
    assert settings.oidc.reader_groups == ("CN=Readers,OU=Radiology",)
    assert settings.oidc.lead_groups == ("leads", "CN=Chief, OU=Radiology")
    assert settings.oidc.admin_groups == ()
    assert len(settings.oidc.secret) == len("hush-hush")
    assert "hush-hush" not in repr(settings)


def test_the_secret_may_lie_in_a_file(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.delenv("LUCENCY_OIDC_CLIENT_SECRET")
    given.setenv("LUCENCY_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    with pytest.raises(InvalidSettings, match="LUCENCY_OIDC_CLIENT_SECRET_FILE cannot be read"):
        settings_from_environment()
    (tmp_path / "secret").write_text("of the file\n")
    assert settings_from_environment().oidc.secret.split() == ["of", "the", "file"]


WRONG: dict[str, tuple[Mapping[str, str], str]] = {
    "no issuer": ({ISSUER: ""}, "LUCENCY_OIDC_ISSUER is missing"),
    "not encrypted": ({ISSUER: "http://login.hospital.example"}, "LUCENCY_OIDC_ISSUER must be an https"),
    "not encrypted here": ({"LUCENCY_OIDC_PUBLIC_URL": "http://lucency"}, "LUCENCY_OIDC_PUBLIC_URL must be an https"),
    "nowhere": ({"LUCENCY_OIDC_PUBLIC_URL": ""}, "LUCENCY_OIDC_PUBLIC_URL must be an https"),
    "a query": ({ISSUER: "https://login.example/?x=1"}, "LUCENCY_OIDC_ISSUER must be an https"),
    "no client": ({"LUCENCY_OIDC_CLIENT_ID": ""}, "LUCENCY_OIDC_CLIENT_ID is missing"),
    "no secret": ({"LUCENCY_OIDC_CLIENT_SECRET": ""}, "LUCENCY_OIDC_CLIENT_SECRET"),
    "two secrets": ({"LUCENCY_OIDC_CLIENT_SECRET_FILE": "x"}, "either LUCENCY_OIDC_CLIENT_SECRET or"),
    "no group": ({"LUCENCY_OIDC_READER_GROUPS": ""}, "no group has a role"),
    "half a list": ({"LUCENCY_OIDC_READER_GROUPS": "[hush-hush"}, "LUCENCY_OIDC_READER_GROUPS: name one group"),
    "not names": ({"LUCENCY_OIDC_READER_GROUPS": "[1]"}, "LUCENCY_OIDC_READER_GROUPS: Input should be"),
    "nobody's passwords": ({"LUCENCY_OIDC_PASSWORDS": "hush-hush"}, "LUCENCY_OIDC_PASSWORDS: Input should be"),
    "another setting": ({"LUCENCY_IDLE_MINUTES": "-3"}, "LUCENCY_IDLE_MINUTES: Input should be"),
    "a relative folder": ({"LUCENCY_DATA_DIR": "data"}, "LUCENCY_DATA_DIR: give the path from the root"),
    "nobody's home": ({"LUCENCY_DATA_DIR": "~no-such-person/data"}, "LUCENCY_DATA_DIR: begin with a home folder"),
    "a limit": ({"LUCENCY_LIMIT_PIXELS": "hush-hush"}, "LUCENCY_LIMIT_PIXELS: Input should be"),
}


@pytest.mark.parametrize(("changed", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_by_variable(given: pytest.MonkeyPatch, changed: Mapping[str, str], told: str) -> None:
    for name, value in changed.items():
        given.setenv(name, value)
    with pytest.raises(InvalidSettings, match=told) as refused:
        settings_from_environment()
    assert str(refused.value).endswith("Correct the environment and start again.")
    assert "hush-hush" not in str(refused.value)


def test_the_command_line_says_so_too(given: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given.setenv("LUCENCY_OIDC_CLIENT_ID", "")
    assert main(["migrate"]) == 1
    assert capsys.readouterr().err.startswith("InvalidSettings: The settings cannot be used. LUCENCY_OIDC_CLIENT_ID")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = settings_from_environment()
    for name in (*Settings.model_fields, *(f"limit_{name}" for name in Limits.model_fields)):
        monkeypatch.setenv(f"LUCENCY_{name.upper()}", "")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert settings_from_environment() == usual
    assert usual.data_dir.is_absolute()


def test_the_home_folder_is_put_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DATA_DIR", "BUNDLE", "BACKBONE_WEIGHTS"):
        monkeypatch.setenv(f"LUCENCY_{name}", f"~/{name}")
    settings = settings_from_environment()
    paths = (settings.data_dir, settings.bundle, settings.backbone_weights)
    assert paths == (tmp_path / "DATA_DIR", tmp_path / "BUNDLE", tmp_path / "BACKBONE_WEIGHTS")


@pytest.mark.parametrize("name", ["data?mode=ro", "a#b%20c", "file:d"])
def test_the_database_lies_in_the_data_folder_whatever_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("LUCENCY_DATA_DIR", str(tmp_path / name))
    assert main(["migrate"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "lucency.sqlite3").stat().st_size > 0


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example", True),
        ("http://127.0.0.1:8080/realms/x", True),
        ("http://localhost", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("http://login.example", False),
        ("https://", False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("", False),
        (None, False),
        (["https://login.example"], False),
    ],
)
def test_only_what_nobody_on_the_way_can_read_is_safe(url: object, safe: bool) -> None:
    assert safe_url(url) is safe

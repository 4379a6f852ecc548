"""The house rules: imports point down, names do not shadow, functions stay short, the README tells the truth."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("dashboard", "core", "models")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

GROUND = {"core.errors", "core.settings", "core.records", "core.arrivals", "core.people", "core.rights"}
MIDDLE = ("core.intake", "core.store", "core.exchange", "core.jobs", "core.overlay", "core.phantoms")
FACES = {"core.cli", "core.cli_training", "core.cli_compare", "core.cli_store", "core.__main__"}
SHADOWS = {"queue", "types", "logging", "models", "core", "dashboard", "random", "calendar", "platform", "site"}
SHADOWING_ALLOWED = {"core/services/site.py"}
"""Inside packages that are always imported by their full name."""
OF_THE_STORE = {"sqlalchemy", "alembic", "sqlite3"}
WORDS = "models.evidence_words"
"""Words and plain Python of the lowest folder: the one of its files that core's exchange may read."""
DRAWERS = {"utils", "helpers", "common", "manager", "misc"}

MOST_MEDIAN, MOST_95TH, MOST = 6, 31, 60
MOST_LINES_OF_A_FILE = 420


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Every module the file imports, at any depth of nesting."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """The room of the middle layer a module belongs to, if any."""
    return next((room for room in MIDDLE if module == room or module.startswith(f"{room}.")), None)


def forbidden(importer: str, imported: str) -> bool:
    """Whether this import points up or sideways."""
    top, target = importer.split(".")[0], imported.split(".")[0]
    if top == "models":
        return target in {"core", "dashboard", "streamlit", "pydicom"} | OF_THE_STORE
    if top == "dashboard":
        return target in {"models", "pydicom", "keras", "tensorflow"} | OF_THE_STORE
    if target in OF_THE_STORE:
        return room_of(importer) != "core.store"
    return target == "dashboard" or forbidden_in_core(importer, imported)


def forbidden_in_core(importer: str, imported: str) -> bool:
    """Cli and services above, the rooms below them, the ground under all."""
    words = importer.startswith("core.exchange") and f"{imported}.".startswith(f"{WORDS}.")
    if not importer.startswith("core.services") and importer not in FACES and imported.startswith("models"):
        return not words
    if imported.split(".")[0] in ("keras", "tensorflow", "streamlit"):
        return not (imported == "keras" and importer == "core.services.train")
    if not imported.startswith("core"):
        return False
    own = room_of(importer)
    if importer in GROUND:
        return ".".join(imported.split(".")[:2]) not in GROUND
    if own is not None:
        return not (room_of(imported) == own or any(imported.startswith(ground) for ground in GROUND))
    return importer.startswith("core.services") and any(imported.startswith(face) for face in FACES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    importer = module_name(path)
    assert [imported for imported in imports(path) if forbidden(importer, imported)] == []


def test_the_rule_itself_can_fail() -> None:
    assert forbidden("models.train", "core.settings.Settings")
    assert forbidden("core.store.images", "core.intake.reader.read")
    assert forbidden("core.errors", "core.store.tables")
    assert forbidden("dashboard.main", "models.predictor.Predictor")
    assert forbidden("core.intake.reader", "models.preprocess.prepare")
    assert forbidden("core.services.withdraw", "sqlalchemy.orm.Session")
    assert forbidden("dashboard.main", "models.evidence_words.number")
    assert forbidden("core.intake.reader", "models.evidence_words.number")
    assert forbidden("core.exchange.plots", "models.evidence_words_of_another_file")
    assert not forbidden("core.exchange.evaluation_page", "models.evidence_words.number")
    assert not forbidden("core.store.database", "sqlalchemy.orm.Session")
    assert not forbidden("core.services.ingest", "core.store.images.add")
    assert not forbidden("dashboard.main", "core.services.site.Site")


def test_no_file_shadows_a_module_or_is_a_drawer() -> None:
    names = {str(path.relative_to(ROOT)): path.stem for path in SOURCES}
    assert {name for name, stem in names.items() if stem in DRAWERS} == set()
    assert {name for name, stem in names.items() if stem in SHADOWS} == SHADOWING_ALLOWED
    assert not {path.stem for path in (ROOT / "dashboard").glob("*.py")} & {"models", "core"}


def body_lengths(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of each function's body without its docstring."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield length, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_functions_are_short() -> None:
    lengths = sorted(pair for path in SOURCES for pair in body_lengths(path))
    counts = [length for length, _ in lengths]
    assert statistics.median(counts) <= MOST_MEDIAN
    assert statistics.quantiles(counts, n=20)[-1] <= MOST_95TH
    assert [name for length, name in lengths if length > MOST] == []


def test_files_fit_in_a_head() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_every_file_says_what_it_does() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path.relative_to(ROOT)} has no docstring"


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", readme()))
    assert named
    assert named <= targets


def test_every_package_that_is_imported_is_pinned() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonical(line.split("==")[0]) for line in lines if "==" in line.split("#")[0]}
    imported = {name.split(".")[0] for path in SOURCES for name in imports(path)} - {*sys.stdlib_module_names, *ROOMS}
    packages = packages_distributions()
    assert {canonical(package) for name in imported for package in packages[name]} <= pinned


def canonical(package: str) -> str:
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower().strip()


def test_every_path_of_the_readme_exists() -> None:
    """The folder map and every other path in backticks."""
    named = re.findall(r"`((?:dashboard|core|models|tests|\.ci|\.streamlit)/[\w./-]*)`", readme())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_command_of_the_readme_is_one() -> None:
    from core.cli import COMMANDS

    named = set(re.findall(r"python -m core ([a-z]+)", readme()))
    assert named == {command.name for command in COMMANDS}


def test_every_setting_is_in_the_readme_and_the_other_way_round() -> None:
    from core.settings import Limits, ProviderSettings, Settings

    known = {f"LUCENCY_{name.upper()}" for name in Settings.model_fields if name not in ("limits", "oidc")}
    known |= {f"LUCENCY_LIMIT_{name.upper()}" for name in Limits.model_fields}
    known |= {f"LUCENCY_OIDC_{name.upper()}" for name in ProviderSettings.model_fields}
    assert set(re.findall(r"LUCENCY_[A-Z_]+[A-Z]", readme())) == known

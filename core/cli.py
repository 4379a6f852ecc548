"""Cli: the commands of `python -m core`, the second face of the services."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core.cli_compare import (
    compare_arguments,
    compare_command,
    leak_arguments,
    leak_command,
    split_arguments,
    split_command,
)
from core.cli_output import check_file, hushed, say, tell, write_file
from core.cli_store import backup_arguments, backup_command, restore_arguments, restore_command
from core.cli_training import (
    evaluate_arguments,
    evaluate_command,
    gate_arguments,
    gate_command,
    train_arguments,
    train_command,
)
from core.errors import BundleUnavailable, LucencyError, RequestError
from core.jobs import Job, Snapshot
from core.records import Outcome, Receipt
from core.rights import COMMAND_LINE, EVERYTHING, Role, roles_of
from core.services.accounts import add_account, every_account, reset_password
from core.services.audit_trail import check_chain
from core.services.batch import start_import, start_samples
from core.services.export import ExportOptions, export_csv
from core.services.network import use_network
from core.services.read import FileReading, as_json, read_files
from core.services.site import Site, load_predictor, open_site
from core.services.stored_files import check_files
from core.services.training_export import export_training
from core.settings import Settings, settings_from_environment
from core.store.accounts import folded

FAILED, WRONG_CALL, INTERRUPTED, TERMINATED = 1, 2, 130, 143
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, what it does, its arguments, and what runs it (returns the exit status)."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 called wrongly or without a network."""
    chosen = parser().parse_args(argv)
    command: Command = chosen.command
    prepare_output()
    try:
        return command.run(chosen, settings_from_environment())
    except LucencyError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return WRONG_CALL if isinstance(error, RequestError | BundleUnavailable) else FAILED
    except BrokenPipeError:
        leave_quietly()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """All commands with their arguments."""
    top = argparse.ArgumentParser(prog="python -m core", description="Lucency on the command line. Research use only.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(sub)
        sub.set_defaults(command=command)
    return top


def prepare_output() -> None:
    """File names that are no valid text are shown escaped instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def leave_quietly() -> None:
    """Nobody reads the output any more: what is left of it goes nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def tidied() -> Iterator[None]:
    """Within this block a SIGTERM unwinds what was begun, as Ctrl-C does, before the command ends."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def existing(text: str) -> Path:
    """A path that is there."""
    path = Path(text)
    try:
        there = path.exists()
    except OSError as error:  # a name too long, a folder that is not hers
        raise argparse.ArgumentTypeError(f"no path that can be opened ({error.strerror}); check its spelling") from None
    if not there:
        raise argparse.ArgumentTypeError("no such file or folder; check its spelling")
    return path


def paths_argument(to: argparse.ArgumentParser) -> None:
    """PATH… and --json."""
    to.add_argument("paths", metavar="PATH", nargs="+", type=existing, help="files, folders, zip archives, DICOMDIRs")
    to.add_argument("--json", action="store_true", help="one JSON object a line on standard output")


def read_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print what the network says of every file; nothing is stored."""
    show = as_line if not chosen.json else lambda reading: json.dumps(as_json(reading))
    with hushed():
        predictor = load_predictor(settings.bundle, settings.heat_map)
    for reading in read_files(chosen.paths, predictor=predictor, limits=settings.limits):
        say(show(reading))
    return 0


def as_line(reading: FileReading) -> str:
    """One reading for people."""
    if reading.error is not None:
        return f"{'refused':<9}       {reading.file}: {type(reading.error).__name__}: {reading.error}"
    outside = [f"outside of the intended use: {reading.outside.value}"] if reading.outside else []
    told = [*outside, *reading.warnings]
    noted = f"  ({'; '.join(told)})" if told else ""
    return f"{reading.answer:<9} {reading.probability:5.3f} {reading.file}{noted}"


def import_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Take files in and ask the network about them."""
    with open_site(settings) as site, ThreadPoolExecutor(1) as executor:
        warm_up(site)
        job = start_import(site, executor, chosen.paths, actor=COMMAND_LINE)
        return report(followed(job, as_json_lines=chosen.json), as_json_lines=chosen.json)


def warm_up(site: Site) -> None:
    """Load the network without its notes, and enter that it is in use; a missing one is told by the job."""
    with hushed():
        problem = site.bundle_problem()
    if problem is None:
        use_network(site, actor=COMMAND_LINE.name)


def samples_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Add the drawn sample studies."""
    with open_site(settings) as site, ThreadPoolExecutor(1) as executor:
        warm_up(site)
        job = start_samples(site, executor, actor=COMMAND_LINE)
        return report(followed(job, as_json_lines=False), as_json_lines=False)


def followed(job: Job[Receipt], *, as_json_lines: bool) -> Snapshot[Receipt]:
    """Wait for the job and print receipts as they come; Ctrl-C stops it after the file at hand."""
    shown = 0
    while True:
        try:
            now = job.wait(seconds=POLL_SECONDS)
        except KeyboardInterrupt:
            job.cancel()
            continue
        if as_json_lines:
            print_receipts(now.results[shown:])
        shown = len(now.results)
        show_progress(shown, ended=now.state.final)
        if now.state.final:
            return now


def show_progress(count: int, *, ended: bool) -> None:
    """A running count for a person at a terminal; nothing for a file or a pipe."""
    if sys.stderr.isatty():
        print(f"\r{count:,} images and refused files so far", end="\n" if ended else "", file=sys.stderr, flush=True)


def print_receipts(receipts: Iterable[Receipt]) -> None:
    """One JSON object a line."""
    for receipt in receipts:
        say(json.dumps(asdict(receipt)))


def report(done: Snapshot[Receipt], *, as_json_lines: bool) -> int:
    """Sum a job up; the exit status is 0 when it came to its end, whatever was refused."""
    counted = {outcome: sum(r.outcome is outcome for r in done.results) for outcome in Outcome}
    summary = ", ".join(f"{number} {outcome.value}" for outcome, number in counted.items())
    for failure in done.failures:
        tell(f"{failure.error_class}: {failure.error_message}")
    if as_json_lines:
        tell(summary)
    else:
        for receipt in done.results:
            if receipt.outcome is Outcome.REFUSED:
                say(f"refused  {receipt.file}: {receipt.error_class}: {receipt.error_message}")
        say(summary)
    return 0 if done.state.value == "done" else FAILED


def export_arguments(to: argparse.ArgumentParser) -> None:
    """--out FILE and filters, or --training DIR."""
    wanted = to.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--out", metavar="FILE", type=Path, help="the CSV file to write")
    teaches = "a new folder of pictures and labels.csv, for train --data: what decided cases teach"
    wanted.add_argument("--training", metavar="DIR", type=Path, help=teaches)
    to.add_argument("--flagged", action="store_true", help="only flagged studies; otherwise all")
    to.add_argument("--identifiers", action="store_true", help="with names, ids and dates; left out otherwise")


def export_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the chosen studies as CSV, or what the decided ones teach as a folder."""
    if chosen.training:
        return export_training_command(chosen, settings)
    check_file(chosen.out, "--out")
    options = ExportOptions(flagged_only=chosen.flagged, identifiers=chosen.identifiers)
    with open_site(settings, create=False) as site:
        data = export_csv(site, options, actor=COMMAND_LINE)
    write_file(chosen.out, data, "--out")
    return 0


def export_training_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the folder; tells how much is in it, and what was left out."""
    if chosen.flagged or chosen.identifiers:
        raise RequestError("--training takes every decided case, without identifiers. Leave the other options out.")
    with tidied(), open_site(settings, create=False) as site:
        done = export_training(site, chosen.training, actor=COMMAND_LINE, report=tell)
    say("\n".join(done.lines()))
    return 0


def verify_arguments(to: argparse.ArgumentParser) -> None:
    """--noted HEAD, --files."""
    to.add_argument("--noted", metavar="KEY:DIGEST", default="", help="the head an earlier check printed")
    to.add_argument("--files", action="store_true", help="also read every stored file")


def verify_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Recompute the audit chain, and with --files every file's sha256; the exit status is 1 when something is wrong."""
    with open_site(settings, create=False) as site:
        chain = verify_chain(site, noted=chosen.noted)
        files = not chosen.files or verify_files(site)
    return 0 if chain and files else FAILED


def verify_chain(site: Site, *, noted: str) -> bool:
    """Tell whether the audit chain is whole."""
    found = check_chain(site, actor=COMMAND_LINE, noted=noted)
    if found.broken_at is not None:
        tell(f"The audit trail is broken at entry {found.broken_at}: changed, missing or inserted. Restore a backup.")
        return False
    say(f"The audit trail is whole: {found.entries} entries. Keep this line elsewhere: {found.head}")
    return True


def verify_files(site: Site) -> bool:
    """Tell whether the stored files are."""
    found = check_files(site, actor=COMMAND_LINE)
    counted = (
        f"{found.missing} missing, {found.damaged} damaged of {found.files} files; {found.unnamed} that no row names"
    )
    if not found.whole:
        tell(f"Stored files: {counted}. Mount the folder blobs, restore a backup or import the originals again.")
        return False
    say(f"The stored files are whole: {counted}.")
    return True


def account_arguments(to: argparse.ArgumentParser) -> None:
    """add | reset, NAME, --role."""
    to.add_argument("action", choices=["add", "reset"], help="make an account, or give it another password")
    to.add_argument("name", metavar="NAME", help="the name that signs")
    roles = to.add_argument(
        "--role", metavar="ROLE", action="append", choices=[each.value for each in Role], default=[]
    )
    roles.help = f"one of {', '.join(Role)}; repeat for several (default: all of them)"


def account_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Make an account, or reset its password; prints the password for the next sign-in."""
    with open_site(settings, create=False) as site:
        if chosen.action == "add":
            say(add_account(site, chosen.name, roles_of(chosen.role) or EVERYTHING, actor=COMMAND_LINE))
            return 0
        same = folded(chosen.name)
        wanted = [each.key for each in every_account(site, actor=COMMAND_LINE) if folded(each.name) == same]
        if not wanted:
            tell("There is no account of this name. Check its spelling.")
            return FAILED
        say(reset_password(site, wanted[0], actor=COMMAND_LINE))
    return 0


def migrate_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Bring the database up to date."""
    with open_site(settings):
        say("The database is up to date.")
    return 0


def no_arguments(to: argparse.ArgumentParser) -> None:
    """A command without arguments."""


COMMANDS = (
    Command("read", "Read X-rays and print the network's answers; nothing is stored.", paths_argument, read_command),
    Command("import", "Take X-rays in and ask the network about them.", paths_argument, import_command),
    Command("export", "Write studies as a CSV file, or as images to train on.", export_arguments, export_command),
    Command("samples", "Add sample studies: drawn, and marked SYNTHETIC.", no_arguments, samples_command),
    Command("train", "Train a network on labelled images; goes on after a kill.", train_arguments, train_command),
    Command("evaluate", "Measure the network on labelled images.", evaluate_arguments, evaluate_command),
    Command("compare", "Measure several networks on the same images.", compare_arguments, compare_command),
    Command("split", "Deal labelled images into splits, groups kept whole.", split_arguments, split_command),
    Command("leak", "Reproduce seed-c's figures, and what a leak is worth.", leak_arguments, leak_command),
    Command("gate", "Learn anew which images the network was not made for.", gate_arguments, gate_command),
    Command("verify", "Prove that the audit trail, and the files, are whole.", verify_arguments, verify_command),
    Command("account", "Make an account, or reset its password.", account_arguments, account_command),
    Command("backup", "Copy the database and the stored files.", backup_arguments, backup_command),
    Command("restore", "Put a backup in the place of the database.", restore_arguments, restore_command),
    Command("migrate", "Create the database or bring it up to date.", no_arguments, migrate_command),
)

"""Cli compare: the commands that hold networks against each other, and data against itself."""

import argparse
import logging
from collections import Counter
from pathlib import Path

from core.cli_output import check_file, check_folder, hushed, tell, write_file, writing
from core.cli_training import DATA_HELP
from core.settings import Settings


def compare_arguments(to: argparse.ArgumentParser) -> None:
    """Which bundles, on what, and where the table goes."""
    to.add_argument("bundles", metavar="BUNDLE", nargs="+", type=Path, help="folders of bundles")
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help=DATA_HELP)
    to.add_argument("--split", default="test", choices=("train", "val", "test"))
    to.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there too")
    to.add_argument(
        "--predictions", metavar="DIR", type=Path, help="keep one CSV a bundle; what is there is not asked again"
    )
    to.add_argument("--rounds", type=int, help="rounds of timing (default 5); 0 leaves the timing out")
    to.add_argument("--replicates", type=int, help="of the bootstrap (default 1000); fewer for a quick look")


def compare_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print one table of all the bundles."""
    check_file(chosen.markdown, "--markdown")
    check_folder(chosen.predictions, "--predictions")
    with hushed():
        from core.services.compare import as_markdown, compare

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    rows = compare(
        chosen.bundles,
        chosen.data,
        split=chosen.split,
        limits=settings.limits,
        report=tell,
        predictions=chosen.predictions,
        rounds=chosen.rounds,
        replicates=chosen.replicates,
    )
    table = as_markdown(rows)
    print(table)
    if chosen.markdown:
        write_file(chosen.markdown, f"{table}\n".encode(), "--markdown")
    return 0


def split_arguments(to: argparse.ArgumentParser) -> None:
    """What to deal, and where the table goes."""
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help=DATA_HELP)
    to.add_argument("--out", metavar="FILE", type=Path, required=True, help="the CSV to write; give it as --data later")
    to.add_argument("--by", metavar="COLUMN", help="whose images stay together (default: group, patient and family)")
    to.add_argument("--seed", type=int, default=0)


def split_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the table and tell what is in each split."""
    check_file(chosen.out, "--out")
    with hushed():
        from core.services.split_table import write_split

    with writing("--out"):
        files = write_split(chosen.data, chosen.out, by=chosen.by, seed=chosen.seed, report=tell)
    for split in ("train", "val", "test"):
        of_split = [file for file in files if file.split == split]
        counts = Counter(file.fractured for file in of_split)
        groups = len({file.group for file in of_split})
        print(f"{split:<6} {len(of_split)} images, {counts[True]} fractured, {groups} groups")
    return 0


def leak_arguments(to: argparse.ArgumentParser) -> None:
    """seed-c's data, other data, and the folder of the runs."""
    to.add_argument("--data", metavar="DIR", type=Path, required=True, help="seed-c's images, with a family column")
    to.add_argument(
        "--elsewhere", metavar="DIR", type=Path, required=True, help="FracAtlas: its test split is measured"
    )
    to.add_argument(
        "--run-dir", metavar="DIR", type=Path, default=Path("runs/leak"), help="a killed run goes on from it"
    )
    to.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there too")
    to.add_argument("--seed", type=int, default=0)


def leak_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Reproduce seed-c's headline and print what stands beside it."""
    check_file(chosen.markdown, "--markdown")
    check_folder(chosen.run_dir, "--run-dir")
    with hushed():
        from core.services.leak import LeakRequest, as_markdown, leak

    request = LeakRequest(data=chosen.data, elsewhere=chosen.elsewhere, run_dir=chosen.run_dir, seed=chosen.seed)
    text = as_markdown(leak(request, report=tell))
    print(text)
    if chosen.markdown:
        write_file(chosen.markdown, f"{text}\n".encode(), "--markdown")
    return 0

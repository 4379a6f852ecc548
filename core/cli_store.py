"""Cli store: the commands that copy all that is stored, and bring it back."""

import argparse
import sys
from pathlib import Path

from core.rights import COMMAND_LINE
from core.services.back_up import back_up
from core.services.restore import restore
from core.services.site import open_site
from core.settings import Settings

ABSENT = "{0} files are missing or damaged here and are not in the backup."


def backup_arguments(to: argparse.ArgumentParser) -> None:
    """DIR."""
    to.add_argument("folder", metavar="DIR", type=Path, help="the folder to copy into; the next time only what is new")


def backup_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Copy the database and the stored files; the exit status is 1 when files are missing or damaged."""
    with open_site(settings, create=False) as site:
        done = back_up(site, chosen.folder, actor=COMMAND_LINE.name)
    print(f"The database is copied, and {done.copied} files that were not there yet, of {done.files} it names.")
    if done.lacking:
        print(ABSENT.format(done.lacking), file=sys.stderr)
    return 1 if done.lacking else 0


def restore_arguments(to: argparse.ArgumentParser) -> None:
    """DIR or FILE, --replace, --incomplete."""
    to.add_argument("source", metavar="DIR", type=Path, help="the folder of a backup, or an upgrade's copy")
    to.add_argument("--replace", action="store_true", help="set the database that is there aside")
    to.add_argument("--incomplete", action="store_true", help="go without files that the backup lacks")


def restore_command(chosen: argparse.Namespace, settings: Settings) -> int:
    """Put a backup in the place of the database."""
    done = restore(
        settings, chosen.source, actor=COMMAND_LINE.name, replace=chosen.replace, incomplete=chosen.incomplete
    )
    print(f"The database is restored, and {done.copied} files that were missing, of {done.files} it names.")
    if done.lacking:
        print(f"{done.lacking} files are missing or damaged.", file=sys.stderr)
    return 0

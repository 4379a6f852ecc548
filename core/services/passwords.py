"""Passwords: how they are kept (Argon2id, RFC 9106), what they must be, and how one is made up."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidAccount

SHORTEST, LONGEST = 12, 256
"""Characters of a password (NIST SP 800-63B asks for length, not for kinds of characters)."""

_hasher = PasswordHasher()
AT_ONCE = 4
"""Most comparisons at the same time: each takes 64 MiB and a tenth of a second, whoever asks for it."""

_turn = threading.BoundedSemaphore(AT_ONCE)
NOBODY = _hasher.hash(secrets.token_hex())
"""What an unknown name's password is compared with, so that the time taken does not tell which names exist."""


def hashed(password: str) -> str:
    """What is kept of the password."""
    return _hasher.hash(password)


def fits(password: str, password_hash: str) -> bool:
    """Whether this is the password."""
    try:
        with _turn:
            return _hasher.verify(password_hash, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than are used now."""
    return _hasher.check_needs_rehash(password_hash)


def checked_password(password: str, name: str) -> str:
    """The password. Raises InvalidAccount when it is too short, too long, or says the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidAccount(f"A password has {SHORTEST} to {LONGEST} characters. A few words in a row do well.")
    if len(set(password)) < SHORTEST // 2 or password.casefold() in (name.casefold() * 2, name.casefold()):
        raise InvalidAccount("This password is easily guessed. A few words in a row that belong to you do well.")
    return password


def made_up() -> str:
    """A password for the first sign-in: 20 characters of 31, about 99 bits, none easily mistaken for another."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))

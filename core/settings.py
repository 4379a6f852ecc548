"""Settings: every choice a site can make, read once from LUCENCY_* variables, frozen afterwards."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import InvalidSettings

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """The user's data folder on this platform: never inside the source tree."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "Lucency"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Lucency"
    given = Path(os.environ.get("XDG_DATA_HOME", ""))  # the XDG specification: ignored unless absolute
    return (given if given.is_absolute() else Path.home() / ".local" / "share") / "lucency"


def expanded(path: Path) -> Path:
    """The path with `~` as the home folder, which no shell has put in for a service or a file of variables."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("begin with a home folder that is there, or give the path from the root") from None


def anchored(path: Path) -> Path:
    """The path, where it is the same from every folder that a command is started in."""
    if not path.is_absolute():
        raise ValueError("give the path from the root, or from ~: a relative one names another folder everywhere else")
    return path


AnyPath = Annotated[Path, AfterValidator(expanded)]
FixedPath = Annotated[AnyPath, AfterValidator(anchored)]


class Limits(BaseSettings):
    """What an untrusted file may cost. Measured before decoding wherever the header tells."""

    model_config = SettingsConfigDict(env_prefix="LUCENCY_LIMIT_", frozen=True, env_ignore_empty=True)

    file_bytes: PositiveInt = 512 * 2**20
    """Largest single file, also inside an archive, in bytes."""
    pixels: PositiveInt = 100_000_000
    """Most pixels of one frame: rows x columns."""
    frames: PositiveInt = 64
    """Most frames of one DICOM object."""
    object_pixels: PositiveInt = 400_000_000
    """Most pixels of one DICOM object: rows x columns x frames."""
    archive_bytes: PositiveInt = 8 * 2**30
    """Most bytes an archive may unpack to."""
    archive_members: PositiveInt = 20_000
    """Most files in an archive."""
    archive_ratio: PositiveFloat = 200.0
    """Most unpacked bytes per packed byte of one archive member."""
    upload_bytes: PositiveInt = 4 * 2**30
    """Most bytes handed over by a browser at once, which are in memory until each file is taken in."""
    decode_seconds: PositiveFloat = 30.0
    """Longest time a file may take in the decoding worker, in seconds."""
    decode_memory_bytes: PositiveInt = 4 * 2**30
    """Address space of the decoding worker, in bytes."""


def listed(value: object) -> object:
    """One name as it stands, or several as a JSON list: names of groups may hold commas and blanks."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return (value.strip(),)
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('name one group, or several as ["one", "two"]') from None


Groups = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def safe_url(url: object) -> bool:
    """Whether nobody on the way can read or change what is sent there: https, or http within this machine."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:  # an address in brackets that is none
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


class ProviderSettings(BaseSettings):
    """The hospital's OpenID provider, through which people sign in; none while `issuer` is empty."""

    model_config = SettingsConfigDict(
        env_prefix="LUCENCY_OIDC_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    issuer: str = ""
    """The provider's address, exactly as it calls itself; `/.well-known/openid-configuration` follows it."""
    client_id: str = ""
    """The name under which the provider knows this installation."""
    client_secret: SecretStr = SecretStr("")
    """What proves it to the provider."""
    client_secret_file: AnyPath | None = None
    """A file that holds the secret, instead of the variable."""
    public_url: str = ""
    """Where browsers reach this installation, with the base path if there is one."""
    label: str = "the hospital's account"
    """What stands on the button after "Sign in with"."""
    name_claim: str = "name"
    """The claim that holds the name that signs; no two people may have the same."""
    groups_claim: str = "groups"
    """The claim that lists somebody's groups or roles."""
    reader_groups: Groups = ()
    """Groups whose members are readers."""
    lead_groups: Groups = ()
    """Groups whose members are leads."""
    admin_groups: Groups = ()
    """Groups whose members are admins."""
    passwords: Literal["everybody", "admins"] = "everybody"
    """Who may still sign in with a local password: with `admins` only accounts that keep the accounts."""
    ask_again: bool = True
    """Have everybody prove at each sign-in who she is, though the provider may remember the browser."""

    @property
    def in_use(self) -> bool:
        """Whether people can sign in through a provider."""
        return bool(self.issuer)

    @property
    def secret(self) -> str:
        """The client secret, also from its file. Raises InvalidSettings when the file cannot be read."""
        if self.client_secret_file is None:
            return self.client_secret.get_secret_value()
        try:
            return self.client_secret_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise InvalidSettings("The file LUCENCY_OIDC_CLIENT_SECRET_FILE cannot be read. Check its path.") from None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """All that a sign-in needs is there, or nothing of it."""
        if not self.in_use and self.model_fields_set:
            raise ValueError("LUCENCY_OIDC_ISSUER is missing; without it nobody can sign in through a provider")
        if self.in_use:
            self._check_complete()
        return self

    def _check_complete(self) -> None:
        for name in ("issuer", "public_url"):
            parts = urlsplit(getattr(self, name))
            if not safe_url(getattr(self, name)) or parts.query or parts.fragment or parts.username:
                raise ValueError(
                    f"LUCENCY_OIDC_{name.upper()} must be an https:// address (http:// only for localhost)"
                )
        if not self.client_id:
            raise ValueError(
                "LUCENCY_OIDC_CLIENT_ID is missing; the provider gives it when Lucency is registered there"
            )
        if bool(self.client_secret.get_secret_value()) == (self.client_secret_file is not None) or not self.secret:
            raise ValueError("give either LUCENCY_OIDC_CLIENT_SECRET or LUCENCY_OIDC_CLIENT_SECRET_FILE, and not empty")
        if not (self.reader_groups or self.lead_groups or self.admin_groups):
            raise ValueError(
                "no group has a role, so nobody could come in; set LUCENCY_OIDC_READER_GROUPS, "
                "LUCENCY_OIDC_LEAD_GROUPS or LUCENCY_OIDC_ADMIN_GROUPS"
            )


class Settings(BaseSettings):
    """One site's choices. Build it at an entry point and pass it on; nothing reads the environment later."""

    model_config = SettingsConfigDict(env_prefix="LUCENCY_", frozen=True, env_ignore_empty=True)

    data_dir: FixedPath = Field(default_factory=default_data_dir)
    """Folder of the database and the stored images."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in `data_dir`."""
    bundle: AnyPath = PROJECT_ROOT / "models" / "shipped"
    """Folder of the bundle that reads the images."""
    heat_map: Literal["linear", "gradient"] = "linear"
    """How the heat map is made: the network's own map, or a gradient-based Grad-CAM (slower, and points less well)."""
    backbone_weights: AnyPath | None = None
    """Local file of ImageNet weights for training, or a folder of such files; None downloads Keras's official file."""
    idle_minutes: PositiveFloat = 15.0
    """After how long without a key, a click or a movement a workstation signs its reader out."""
    read_first: bool = True
    """Hide the AI's answer from a reader until she has given a verdict (Bernstein 2023); both reads are kept."""
    reads: int = Field(default=1, ge=1, le=2)
    """How many readers judge each case, independently of each other; where two differ, a lead adjudicates."""
    claim_minutes: PositiveFloat = 20.0
    """How long a case counts as open with the reader who opened it."""
    limits: Limits = Field(default_factory=Limits)
    oidc: ProviderSettings = Field(default_factory=ProviderSettings)

    @property
    def url(self) -> str | Path:
        """The database's SQLAlchemy URL, or the file of the SQLite database: no URL can name every file."""
        return self.database_url or self.data_dir / "lucency.sqlite3"


def settings_from_environment() -> Settings:
    """The site's choices. Raises InvalidSettings with the variables' names, never with what they hold."""
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidSettings(told(error)) from None


def told(error: ValidationError) -> str:
    """What is wrong, by variable."""
    kind = next(kind for kind in (Settings, Limits, ProviderSettings) if kind.__name__ == error.title)
    prefix = str(kind.model_config.get("env_prefix"))
    wrong = []
    for each in error.errors(include_input=False, include_url=False, include_context=False):
        variable = f"{prefix}{each['loc'][0]}: ".upper() if each["loc"] else ""
        wrong.append(variable + each["msg"].removeprefix("Value error, "))
    return f"The settings cannot be used. {'; '.join(wrong)}. Correct the environment and start again."

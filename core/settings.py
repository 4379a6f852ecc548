"""Settings: every choice a site can make, read once from LUCENCY_* variables, frozen afterwards."""

import os
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """The user's data folder on this platform: never inside the source tree."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "Lucency"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Lucency"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "lucency"


class Limits(BaseSettings):
    """What an untrusted file may cost. Measured before decoding wherever the header tells."""

    model_config = SettingsConfigDict(env_prefix="LUCENCY_LIMIT_", frozen=True)

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
    decode_seconds: PositiveFloat = 30.0
    """Longest time a file may take in the decoding worker, in seconds."""
    decode_memory_bytes: PositiveInt = 4 * 2**30
    """Address space of the decoding worker, in bytes."""


class Settings(BaseSettings):
    """One site's choices. Build it at an entry point and pass it on; nothing reads the environment later."""

    model_config = SettingsConfigDict(env_prefix="LUCENCY_", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir)
    """Folder of the database and the stored images."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in `data_dir`."""
    bundle: Path = PROJECT_ROOT / "models" / "shipped"
    """Folder of the bundle that reads the images."""
    heat_map: Literal["linear", "gradient"] = "linear"
    """How the heat map is made: the network's own map, or a gradient-based Grad-CAM (slower, and points less well)."""
    backbone_weights: Path | None = None
    """Local file of ImageNet weights for training, or a folder of such files; None downloads Keras's official file."""
    idle_minutes: PositiveFloat = 15.0
    """After how long without a key, a click or a movement a workstation signs its reader out."""
    read_first: bool = True
    """Hide the AI's answer from a reader until she has given a verdict (Bernstein 2023); both reads are kept."""
    claim_minutes: PositiveFloat = 20.0
    """How long a case counts as open with the reader who opened it."""
    limits: Limits = Field(default_factory=Limits)

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'lucency.sqlite3'}"

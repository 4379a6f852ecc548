"""Tell: how work that takes long says where it stands."""

from collections.abc import Callable

Tell = Callable[[str], None]
"""Takes one line for a person; what becomes of it is for the caller to choose."""

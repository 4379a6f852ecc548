"""Nothing of pydicom or Pillow is heard while a file is read, and everything afterwards."""

import logging
import warnings

import pytest

from core.intake.silence import silence


def test_silence_nests_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("pydicom")
    level = logger.level
    with silence():
        with silence():
            pass
        logger.error("secret")
        warnings.warn("secret", UserWarning, stacklevel=1)
    assert caplog.text == ""
    assert logger.level == level
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_silence_ends_after_an_error() -> None:
    with pytest.raises(ValueError, match="x"), silence():
        raise ValueError("x")
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)

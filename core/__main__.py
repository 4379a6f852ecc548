"""The command line: `python -m core …`."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it when it is imported: only errors.

from core.cli import main

if __name__ == "__main__":
    sys.exit(main())

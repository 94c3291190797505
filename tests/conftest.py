"""What holds in every test: reports are as wide as they are without a terminal, wherever the tests run."""

import os

os.environ["COLUMNS"] = "100"

"""`python -m preflight` is the command `preflight`."""

from preflight.cli import process

if __name__ == "__main__":
    process()

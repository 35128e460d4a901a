"""Entry point: `python -m services.intake serve | migrate | rebuild NAME | verify`."""

from services.chassis.main import run
from services.intake.app import SPEC

if __name__ == "__main__":
    run(SPEC)

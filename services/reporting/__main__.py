"""`python -m services.reporting serve | migrate | rebuild NAME | verify`."""

from services.chassis.main import run
from services.reporting.app import SPEC

run(SPEC)

"""`python -m services.supervision serve | migrate | rebuild NAME | verify`."""

from services.chassis.main import run
from services.supervision.app import SPEC

run(SPEC)

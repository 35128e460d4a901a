"""`python -m services.dispatch serve | migrate | rebuild NAME | verify`."""

from services.chassis.main import run
from services.dispatch.app import SPEC

run(SPEC)

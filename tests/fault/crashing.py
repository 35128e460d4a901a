"""`python -m tests.fault.crashing SERVICE PLACE TIMES`: a real service, dead when it passes a place that often."""

import functools
import runpy
import sys
from typing import cast

from services.chassis import service as chassis
from services.chassis.crash import Place
from tests.fault.service import DieAt


def main(name: str, place: Place, times: int) -> None:
    die = DieAt((place, times))
    for part in ("Log", "Transport"):
        setattr(chassis, part, functools.partial(getattr(chassis, part), crash=die))
    sys.argv = [f"services.{name}", "serve"]
    runpy.run_module(f"services.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], cast(Place, sys.argv[2]), int(sys.argv[3]))

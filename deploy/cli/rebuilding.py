"""`huiyin rebuild`: the service's own command, run with the installation's addresses."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.addresses import Addresses
from deploy.local.programs import ROOT
from deploy.local.record import Record


def run(folder: Path, service: str, name: str) -> int:
    """`python -m services.<service> rebuild <name>` beside the running service."""
    addresses = Addresses(Record(folder.absolute()))
    environment = addresses.service_settings(service, 0, addresses.url, "info")
    command = [sys.executable, "-m", f"services.{service}", "rebuild", name]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode

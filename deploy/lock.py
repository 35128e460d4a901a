"""Write `requirements.lock` and `requirements-dev.lock` anew from pyproject.toml, with the hashes of every wheel."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """uv resolves for every platform and Python version at once; it is needed here only, so it is not locked."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]
    compile_ = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header"]
    common = ["--no-annotate", "--upgrade", "--python-version", "3.11", "pyproject.toml"]
    for command in (
        pip,
        [*compile_, *common, "-o", "requirements.lock"],
        [*compile_, *common, "--group", "dev", "-o", "requirements-dev.lock"],
    ):
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

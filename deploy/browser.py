"""Find what the screen tests need (Chromium, Chinese fonts, PDF tools); as root on Debian, install what is missing."""

import os
import shutil
import subprocess
import sys

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """The browser's program: `HUIYIN_CHROMIUM`, else what the path has."""
    named = os.environ.get("HUIYIN_CHROMIUM")
    return named or next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


def missing() -> list[str]:
    """Packages whose programs or fonts are not there."""
    lacks = []
    if chromium() is None:
        lacks.append("chromium")
    if not _has_chinese_font():
        lacks.append("fonts-noto-cjk")
    if shutil.which("pdftotext") is None:
        lacks.append("poppler-utils")
    return lacks


def _has_chinese_font() -> bool:
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    fonts = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(fonts.stdout.strip())


def main() -> int:
    """With `--path` say where the browser is; else make sure that everything is there."""
    if "--path" in sys.argv:
        print(chromium() or "")
        return 0
    lacks = missing()
    if not lacks:
        return 0
    command = f"apt-get install -y --no-install-recommends {' '.join(lacks)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sudo = "sudo " if os.geteuid() != 0 else ""
        print(f"The screen tests need: {', '.join(lacks)}. On Debian and Ubuntu:\n    {sudo}{command}", file=sys.stderr)
        return 1
    print(f"Installing {', '.join(lacks)} (once) …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ("apt-get update -q", command):
        done = subprocess.run(step.split(), env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
    still = missing()
    if still:
        print(f"Installed, but still missing: {', '.join(still)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

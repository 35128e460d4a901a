"""`python -m deploy.step NAME COMMAND...`: run one check, say one line when it is green, everything when it is not."""

import subprocess
import sys
import time


def main(name: str, command: list[str]) -> int:
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.monotonic() - started
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode == 0:
        summary = lines[-1].strip("= ") if lines else ""
        print(f"✓ {name:<12} {seconds:6.1f} s  {summary[:90]}", flush=True)
        for line in lines:
            if line.startswith("SKIPPED"):
                print(f"  ! {line}", flush=True)  # what was not checked is not green
        return 0
    print(done.stdout, end="")
    print(f"✗ {name:<12} {seconds:6.1f} s  {' '.join(command)}", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

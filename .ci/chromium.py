"""Run the tests of the page in Debian's Chromium, which is installed where it is missing.

`make test` runs them, too, where a Chromium is there before; then this has nothing to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from debian import installed_packages

PACKAGES = ("chromium", "chromium-headless-shell")  # whose programs are called so
PROGRAMS = (*PACKAGES, "google-chrome")


def main() -> int:
    """Return the exit code of the tests; 0 where the package cannot be had."""
    os.chdir(Path(__file__).parent.parent)
    if found():
        print("the tests of the page ran with the others")
        return 0
    if reason := installed_packages(*PACKAGES):
        print(f"skipped: the tests of the page in Chromium: {reason}")
        return 0
    return subprocess.run(["make", "test-page"], check=False).returncode


def found() -> bool:
    """Return whether there is one."""
    return bool(os.environ.get("CHROMIUM")) or any(map(shutil.which, PROGRAMS))


if __name__ == "__main__":
    sys.exit(main())

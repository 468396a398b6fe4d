"""Install what the tests ask for of Debian, all at once: lint takes as long, and needs none of it.

Where it cannot be had, the script that needs it says so, and what it skips.
"""

import shutil
import sys

import chromium
import debian
import deployment


def main() -> int:
    """Return 0: nothing here is a test."""
    missing = [
        package for program, package in deployment.PACKAGES.items() if shutil.which(program) is None
    ]
    if not debian.found():
        missing += debian.PACKAGES
    # With another Chromium the tests pass as well, in more time: it must not keep the others away.
    browsers = [package for package in chromium.PACKAGES if shutil.which(package) is None]
    for packages in filter(None, (missing, browsers)):
        if reason := debian.installed_packages(*packages):
            print(f"not installed: {', '.join(packages)}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

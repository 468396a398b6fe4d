"""Run the tests of what deploys us with the programs that it is for, installing what is missing.

Those are Debian's nginx, Caddy and promtool, and Kubernetes' schemas. `make test` runs the same
tests, and skips those whose program is not there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from debian import installed_packages

PACKAGES = {"nginx": "nginx", "caddy": "caddy", "promtool": "prometheus"}
SCHEMAS = ("kubernetes-validate", "importlib-resources")  # what it needs else is installed
TESTS = ("test_proxy.py", "test_host.py", "test_monitoring.py")


def main() -> int:
    """Return the exit code of the tests; what cannot be had is skipped, and said."""
    os.chdir(Path(__file__).parent.parent)
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing and (reason := installed_packages(*missing)):
        print(f"skipped: the tests with {', '.join(missing)}: {reason}")
    with tempfile.TemporaryDirectory(prefix="schemas-") as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        if subprocess.run([*pip, *SCHEMAS], check=False).returncode:
            print("skipped: the test with Kubernetes' schemas: pip could not install them")
        tests = [f"tests/server/deployment/{name}" for name in TESTS]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", *tests],
            check=False,
            env=os.environ | {"PYTHONPATH": folder},
        ).returncode


if __name__ == "__main__":
    sys.exit(main())

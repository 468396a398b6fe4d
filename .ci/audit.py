"""Look the locked versions up among known vulnerabilities: pip-audit, in an environment of its own.

Where it, or its database, cannot be reached, nothing is known, which is said and is no failure.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

LOCKS = ("requirements-image.lock", "requirements.lock")
SECONDS = 300


def main() -> int:
    """Return 1 if a locked version is known to be vulnerable."""
    os.chdir(Path(__file__).parent.parent)
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*install, "pip-audit"], check=False).returncode:
            print("skipped: the audit of what is locked: pip could not install pip-audit")
            return 0
        return max([audit(python, lock) for lock in LOCKS])


def audit(python: str, lock: str) -> int:
    """Return whether a version of this lock is known to be vulnerable; print what was found."""
    command = [python, "-m", "pip_audit", "--format", "json", "--no-deps", "--disable-pip"]
    try:
        done = subprocess.run(
            [*command, "--requirement", lock],
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        found = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        print(f"skipped: the audit of {lock}: no answer in {SECONDS} s")
        return 0
    except ValueError:
        print(f"skipped: the audit of {lock}: {done.stderr.strip().splitlines()[-1:]}")
        return 0
    known = [one for one in found if "vulns" in one]
    if not known:
        print(f"skipped: the audit of {lock}: the database knows none of its {len(found)} versions")
        return 0
    print(f"{lock}: {len(known)} of {len(found)} versions looked up")
    for one in known:
        for vulnerability in one["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "nothing yet"
            print(f"  {one['name']} {one['version']}: {vulnerability['id']}, mended in {fixed}")
    return int(any(one["vulns"] for one in known))


if __name__ == "__main__":
    sys.exit(main())

"""Write, or with `--check` compare, the generated files of both clients."""

import argparse
import sys
from pathlib import Path

from clients.generate import javascript, python
from clients.generate.model import read_documents

ROOT = Path(__file__).parent.parent


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    api = read_documents()
    return {
        ROOT / "javascript/src/operations.js": javascript.operations(api),
        ROOT / "javascript/src/api.d.ts": javascript.types(api),
        ROOT / "python/mini_twitter_client/shapes.py": python.shapes(api),
        ROOT / "python/mini_twitter_client/operations.py": python.operations(api),
    }


def outdated() -> list[Path]:
    """Return the files that are not what the documents say now."""
    return [
        path
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Run the command; return its exit code: 1 where `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m clients.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is old")
    if parser.parse_args().check:
        for path in outdated():
            print(f"{path.relative_to(ROOT.parent)} is old: run `make clients`", file=sys.stderr)
        return 1 if outdated() else 0
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

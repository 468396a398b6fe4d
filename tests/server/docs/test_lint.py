"""Both API documents pass Spectral and Redocly, by the rule sets in lint/; warnings count."""

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from server.docs import asyncapi, openapi
from tests.clients.node import INSTALL, needs_node, run

RULES = Path(__file__).parent / "lint"
REDOCLY = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

pytestmark = needs_node


@pytest.fixture(scope="module")
def linters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both linters, their rules and the documents; skips where npm gets nothing."""
    folder = tmp_path_factory.mktemp("lint") / "lint"
    shutil.copytree(RULES, folder, ignore=shutil.ignore_patterns("node_modules"))
    if subprocess.run(["npm", "ping"], capture_output=True, timeout=60).returncode:
        warnings.warn("NOT LINTED: OpenAPI and AsyncAPI, as npm is not reached", stacklevel=1)
        pytest.skip("npm is not reached")
    run(*INSTALL, cwd=folder, seconds=300)
    write(folder, openapi.document().to_dict(), asyncapi.document())
    return folder


def write(folder: Path, rest: dict[str, Any], socket: dict[str, Any]) -> None:
    (folder / "openapi.json").write_text(json.dumps(rest))
    (folder / "asyncapi.json").write_text(json.dumps(socket))


def spectral(folder: Path) -> list[Any]:
    """What Spectral finds, hints included."""
    command = ["npx", "--no-install", "spectral", "lint", "--ruleset", "spectral.yaml"]
    command += ["--format", "json", "--quiet", "openapi.json", "asyncapi.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180)
    assert done.returncode in (0, 1), done.stderr
    return list(json.loads(done.stdout))


def redocly(folder: Path) -> list[Any]:
    """What Redocly finds, warnings included."""
    found = []
    for api in ("rest", "socketio"):
        command = ["npx", "--no-install", "redocly", "lint", api, "--format=json"]
        environment = {**os.environ, **REDOCLY}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=180, env=environment
        )
        assert done.returncode in (0, 1), done.stderr
        found += json.loads(done.stdout)["problems"]
    return found


def misshapen(folder: Path) -> set[str]:
    """Where AsyncAPI's own schema is not kept to, references being left as they are."""
    document = json.loads((folder / "asyncapi.json").read_text())
    schemas = folder / "node_modules/@asyncapi/specs/schemas"
    schema = json.loads((schemas / f"{document['asyncapi']}.json").read_text())
    errors = jsonschema_rs.validator_for(schema).iter_errors(document)
    return {"/".join(str(part) for part in error.instance_path) for error in errors}


def test_both_documents_are_clean(linters: Path) -> None:
    assert misshapen(linters) == set()
    assert spectral(linters) == []
    assert redocly(linters) == []


BROKEN_REST = {
    "openapi": "3.1.0",
    "info": {"title": "Broken", "version": "1", "description": "Without a license."},
    "paths": {"/": {"get": {"responses": {"200": {"description": "Without an operationId."}}}}},
}
BROKEN_SOCKET = {
    "asyncapi": "3.1.0",
    "info": {"title": "Broken", "version": "1"},
    "channels": {"default": {"address": 7}},
    "operations": {
        "one": {
            "action": "send",
            "channel": {"$ref": "#/components/schemas/Person"},
            "tags": [{"$ref": "#/components/schemas/Person"}],
        }
    },
    "components": {"schemas": {"Person": {"type": "object"}}},
}


def test_both_linters_find_what_is_wrong(linters: Path, tmp_path: Path) -> None:
    """So that neither passes for having looked at nothing, nor what is left to one of them."""
    for path in linters.iterdir():
        (tmp_path / path.name).symlink_to(path)
    for name in ("openapi.json", "asyncapi.json"):
        (tmp_path / name).unlink()
    write(tmp_path, BROKEN_REST, BROKEN_SOCKET)
    assert {"operation-operationId", "asyncapi-servers"} <= {
        one["code"] for one in spectral(tmp_path)
    }
    found = redocly(tmp_path)
    assert "info-license" in {one["ruleId"] for one in found}
    # The schema stands where a tag and a channel should be, and the latter's address is no text.
    structure = {
        place["pointer"] for one in found if one["ruleId"] == "struct" for place in one["location"]
    }
    assert {"#/components/schemas/Person", "#/channels/default/address"} <= structure
    assert misshapen(tmp_path) == {"channels/default"}

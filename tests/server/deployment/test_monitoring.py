"""Alerts and dashboard ask for what we expose; alerts fire at what they are for, and else not."""

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from handlers.edges.rest.routes import ROUTES
from server.config import load_config
from server.jobs.worker import SECONDS as ATTEMPTS
from tests.people import Instance
from tests.processes import ROOT
from tests.server.deployment.files import OURS, SERVICES, environment

ALERTS_FILE = ROOT / "docker/prometheus/alerts.yml"
ALERTS = [
    rule for group in yaml.safe_load(ALERTS_FILE.read_text())["groups"] for rule in group["rules"]
]
SCRAPES = yaml.safe_load((ROOT / "docker/prometheus/prometheus.yml").read_text())
DASHBOARD = json.loads((ROOT / "docker/grafana/dashboards/mini-twitter.json").read_text())
GRAFANA = ROOT / "docker/grafana/provisioning"
EXPECTED = Path(__file__).with_name("alerts.test.yml")
PACKAGES = ("handlers", "realtime", "server", "storage")

# What Prometheus knows of itself, and of every Python process on Linux.
OTHERS = {
    "up": {"job", "instance"},
    "process_open_fds": {"process", "instance"},
    "process_max_fds": {"process", "instance"},
    "process_cpu_seconds_total": {"process", "instance"},
    "process_resident_memory_bytes": {"process", "instance"},
}
SCRAPED = {"instance", "job"}  # what Prometheus adds
KINDS = {
    "Counter": ("_total",),
    "CounterMetricFamily": ("_total",),
    "Gauge": ("",),
    "GaugeMetricFamily": ("",),
    "Histogram": ("_bucket", "_count", "_sum"),
}
PROMQL = {"and", "on", "by", "or", "unless", "without", "ignoring", "bool"}


# What we expose


@cache
def declared() -> dict[str, set[str]]:
    """The labels of each series that the code declares, and of the others."""
    found: dict[str, set[str]] = dict(OTHERS)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                found.update(series(call))
    return found


def series(call: ast.AST) -> Iterator[tuple[str, set[str]]]:
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return
    first = call.args[0] if call.args else None
    if call.func.id not in KINDS or not isinstance(first, ast.Constant):
        return
    given = [*call.args[2:3], *(word.value for word in call.keywords if word.arg == "labels")]
    labels = {label for names in given for label in ast.literal_eval(names)}
    for suffix in KINDS[call.func.id]:
        bucket: set[str] = {"le"} if suffix == "_bucket" else set()
        name = str(first.value).removesuffix("_total") + suffix
        yield name, labels | bucket | SCRAPED


def family(name: str) -> str:
    """What a series of a histogram is of."""
    return re.sub("_(bucket|count|sum)$", "", name)


async def test_an_instance_exposes_what_the_code_declares(instance: Instance) -> None:
    assert ATTEMPTS  # of the worker, whose process is this one
    async with aiohttp.ClientSession() as http, http.get(f"{instance.url}/metrics") as answer:
        families = list(text_string_to_metric_families(await answer.text()))
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": KINDS["Histogram"]}
    exposed = {
        family.name + suffix
        for family in families
        for suffix in suffixes.get(family.type, ("",))
        if family.name.startswith("mini_twitter_")
    }
    assert exposed == {name for name in declared() if name.startswith("mini_twitter_")}
    assert set(OTHERS) - {"up"} <= {sample.name for family in families for sample in family.samples}


# What is asked for


def queries() -> dict[str, str]:
    """Each query, by what asks it."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in ALERTS}
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            query = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            found[f"panel {panel['title']} {target['refId']}"] = query
    return found


QUERIES = queries()


def asked(query: str) -> Iterator[tuple[str, set[str]]]:
    """Each series of a query, with the labels that select it."""
    for name, selector in re.findall(
        r"\b([a-z_:][\w:]*)\b\s*(\{[^}]*\})?(?!\w*\s*\()", bare(query)
    ):
        if name not in PROMQL:
            yield name, set(re.findall(r"(\w+)\s*[!=]", selector))


def bare(query: str) -> str:
    """A query without texts, ranges and the lists of labels of its aggregations."""
    query = re.sub(r'"[^"]*"', '""', query)
    query = re.sub(r"\[\w+\]", "", query)
    return re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", "", query)


def grouped(query: str) -> set[str]:
    """The labels that a query aggregates by."""
    lists = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query)
    return {label.strip() for names in lists for label in names.split(",")}


@pytest.mark.parametrize("of", QUERIES)
def test_each_series_that_is_asked_for_exists_with_its_labels(of: str) -> None:
    series = dict(asked(QUERIES[of]))
    assert series
    for name, labels in series.items():
        assert name in declared(), name
        assert labels <= declared()[name], name
    assert grouped(QUERIES[of]) <= set().union(*(declared()[name] for name in series))


def test_a_name_that_does_not_exist_is_found_out() -> None:
    query = 'sum by (le) (rate(mini_twiter_sockets{what="x", a!~"b"}[5m])) > 2 and on (instance) up'
    assert dict(asked(query)) == {"mini_twiter_sockets": {"what", "a"}, "up": set()}
    assert grouped(query) == {"le", "instance"}


def test_the_dashboard_shows_every_metric_of_ours() -> None:
    shown = {name for query in QUERIES.values() for name, _ in asked(query)}
    ours = {name for name in declared() if name.startswith("mini_twitter_")}
    assert set(map(family, ours - shown)) <= set(map(family, shown))


def test_legends_name_labels_that_the_query_leaves() -> None:
    for target in (target for targets in found_in(DASHBOARD, "targets") for target in targets):
        left = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        by = grouped(target["expr"])
        known = set().union(
            *(declared()[name] for name, _ in asked(target["expr"].replace("$__", "")))
        )
        assert left <= (by or known), target


def test_operations_that_an_alert_leaves_out_exist() -> None:
    (slow,) = [rule["expr"] for rule in ALERTS if rule["alert"] == "OperationsSlow"]
    (pattern,) = re.findall(r'operation!~"([^"]+)"', slow)
    names = {route.operation for route in ROUTES}
    left_out = {name for name in names if re.fullmatch(pattern, name)}
    assert left_out >= {"user.register", "user.delete", "session.open", "password.change"}
    for part in pattern.split("|"):
        word = re.sub(r"[^a-z.]", "", part.split("(")[-1]).strip(".")
        assert any(word in name for name in left_out), part


# What runs them


def test_prometheus_scrapes_every_instance_and_worker_where_their_metrics_are(
    tmp_path: Path,
) -> None:
    (scrape,) = SCRAPES["scrape_configs"]
    assert scrape["job_name"] == "mini-twitter"
    targets = [target for config in scrape["static_configs"] for target in config["targets"]]
    scraped = [name for name in OURS if name != "migrate"]
    settings = load_config(environment(scraped[0]), tmp_path)
    assert settings.metrics_listen is not None
    host, port = settings.metrics_listen
    assert host == "0.0.0.0"
    assert sorted(targets) == sorted(f"{name}:{port}" for name in scraped)


def test_monitoring_is_there_for_who_asks_for_it_only() -> None:
    profiles = {name: of["profiles"] for name, of in SERVICES.items() if "profiles" in of}
    assert profiles == {"prometheus": ["monitoring"], "grafana": ["monitoring"]}


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    (source,) = read(GRAFANA / "datasources/prometheus.yml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert {str(found) for found in found_in(DASHBOARD, "uid") if found != DASHBOARD["uid"]} == {
        source["uid"]
    }
    (provider,) = read(GRAFANA / "dashboards/dashboards.yml")["providers"]
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    inside = mounts["./docker/grafana/dashboards"]
    assert provider["options"]["path"] == inside
    home = environment("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{inside}/mini-twitter.json"
    assert mounts["./docker/grafana/provisioning"] == "/etc/grafana/provisioning"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def found_in(where: Any, key: str) -> Iterator[Any]:
    """What stands at this key, however deep."""
    if isinstance(where, Mapping):
        if key in where:
            yield where[key]
        where = list(where.values())
    if isinstance(where, list):
        for item in where:
            yield from found_in(item, key)


# What they say

PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed (Debian: the package prometheus)"
)


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_its_files() -> None:
    promtool("check", "config", ROOT / "docker/prometheus/prometheus.yml")


@needs_promtool
def test_prometheus_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query}
        for number, query in enumerate(QUERIES.values())
    ]
    asked_for = tmp_path / "rules.yml"
    asked_for.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    promtool("check", "rules", "--lint=none", asked_for)


@needs_promtool
def test_alerts_fire_at_what_they_are_for_and_are_silent_while_all_is_well() -> None:
    promtool("test", "rules", EXPECTED)


def test_each_alert_is_seen_to_fire() -> None:
    samples = found_in(yaml.safe_load(EXPECTED.read_text()), "exp_samples")
    labels = " ".join(sample["labels"] for fired in samples for sample in fired)
    assert set(re.findall(r'alertname="(\w+)"', labels)) == {rule["alert"] for rule in ALERTS}

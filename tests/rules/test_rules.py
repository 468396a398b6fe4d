"""Whatever people do, in any order, model, REST, resumed clients and counters agree."""

import asyncio
import os
import time

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from server.config.load import Config
from tests.rules.machine import Rules

EXAMPLES = 34
STEPS = 60  # of an example
MINUTES = float(os.environ.get("RULES_MINUTES", "0"))  # make rules


def run(settings: Config, examples: int, *, derandomize: bool) -> int:
    """Calls made. Fails with the steps that led there."""
    Rules.settings_of_server = settings
    Rules.calls = 0
    phases = [Phase.generate] if derandomize else [Phase.generate, Phase.shrink]
    with asyncio.Runner() as runner:
        Rules.loop = runner.get_loop()
        run_state_machine_as_test(
            Rules,
            settings=hypothesis.settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=derandomize,
                database=None,
                phases=phases,
                print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    return Rules.calls


def test_model_rest_clients_and_counters_agree_whatever_people_do(settings: Config) -> None:
    calls = run(settings, EXAMPLES, derandomize=MINUTES == 0)
    assert calls > EXAMPLES * STEPS / 2
    end, begun = time.monotonic() + MINUTES * 60, time.monotonic()
    while time.monotonic() < end:
        calls += run(settings, EXAMPLES, derandomize=False)
        print(f"{calls} calls in {time.monotonic() - begun:.0f} s", flush=True)

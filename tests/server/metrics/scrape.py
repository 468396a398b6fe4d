"""Reads /metrics as Prometheus does."""

from collections.abc import Mapping

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """The samples of one answer."""

    def __init__(self, text: str) -> None:
        self.samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]
        self.names = {sample.name for sample in self.samples}

    def sum(self, name: str, **labels: str) -> float:
        """Of all series with this name and at least these labels; 0 where there is none."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


async def scrape(url: str, headers: Mapping[str, str] | None = None, **query: str) -> Scrape:
    """Ask on a connection of its own, so that any process of the port may answer."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{url}/metrics", params=query, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return Scrape(await answer.text())

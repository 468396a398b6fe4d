"""Nobody keeps the server busy with one text: its time grows as the text does, not faster.

What is linear takes some 50 ms of CPU for the longest texts, what is not takes many seconds.
"""

import time

import pytest

from handlers.text import limits
from handlers.text.entities import entities
from tests.handlers.text.adversarial import adversarial

CPU_SECONDS = 2


@pytest.mark.parametrize("size", [280, limits.POST.bytes, limits.MESSAGE.bytes])
def test_no_text_takes_long(size: int) -> None:
    for text in adversarial(size):
        began = time.process_time()
        entities(text)
        limits.text_length(text)
        limits.is_blank(text)
        assert time.process_time() - began < CPU_SECONDS, text[:40]

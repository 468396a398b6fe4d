"""What the settings offer for programs."""

import re

from storage.scopes import Scope
from tests.server.web.test_page import SCRIPTS


def test_the_page_offers_the_scopes_that_there_are() -> None:
    listed = re.search(r"const SCOPES = \[(.*?)\]", SCRIPTS["programs.js"], re.DOTALL)
    assert listed is not None
    assert re.findall(r'"([a-z:]+)"', listed[1]) == [scope.value for scope in Scope]

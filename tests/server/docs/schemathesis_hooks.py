"""Hooks of schemathesis, which loads this file: what the fuzzer must not do, and one more check.

The variable FUZZED holds JSON: `kept`, the ids of those who must stay as they are; `stranger`, the
id of somebody whom it does not matter to lose; `token`, a session of theirs.
"""

import json
import os
import re
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure

FUZZED = json.loads(os.environ["FUZZED"])

# These end a session, or change what it was opened with: let it be the stranger's.
ENDS_SESSIONS = {"session.end", "password.change", "user.delete"}
# So does what an admin may do to users; and whom an admin makes one may see more than they should.
ON_USERS = {"admin.user.suspend", "admin.user.make_admin", "admin.user.revoke_admin"}

# Inputs that are well formed, but mean what is not or cannot be. No schema tells them apart, or
# only by patterns at every text, which nobody could read.
MEANINGLESS = re.compile(
    "|".join(
        (
            r"NUL characters are not allowed\.",
            r"There is nothing to see in this\.",
            r"There is no such message here, or it was taken back\.",
            r"This is not one emoji\.",
            r"Longer than [0-9,]+ (characters|bytes)\.",
            r"This username is kept for deleted accounts\.",
            r"Not a valid (URL|email address)\.",
            r"This has no @\.",
            r"Before the @ may stand letters, .*",
            r"Behind the @ stands no domain name\.",
            r"What stands before the @ is longer than 64 bytes\.",
            r"Our mail server takes ASCII only before the @\.",
            r"The character U\+[0-9A-F]+ cannot be in a password: .*",
            r"Many people have this password, so it is tried first\.",
            r"This is a name of the account, so it is tried first\.",
            r"Not a cursor of this list\.",
            r"Not out of one of our mails\.",
            r"This link is good no longer\.",
            r"Not your password\.",
            r"A conversation takes somebody else\.",
            r"Nobody (blocks|follows|mutes) themselves\.",
            r"Not to yourself\.",
            r"Nobody removes themselves: leave instead\.",
            r"Not an https URL\.",
            r"Not an https URL that events can be sent to\.",
            r"Not a key of a PushSubscription\.",
            r"Name exactly one of user_id, post_id and message_id\.",
            r"The Idempotency-Key header and client_id differ\.",
            r"This idempotency key was used with another body\.",
            r"This file is empty\.",
            r"No picture of mine, or no longer there\.",
            r"Each picture can be there once\.",
            r"This picture is in another post or message\.",
            r"Not a JSON object\.",
            r"There is no word in this\.",
            r"Each option can be there once\.",
            r"Nobody votes in their own poll\.",
            r"This poll has [0-9] options, counted from 0\.",
            r"In this poll one option is chosen\.",
            r"Not the code of now\.",
            r"Behind `[a-z]+:` stands (nothing\.|a date, .*)",
            r"Send an image: JPEG, PNG, WebP, GIF or AVIF\.",
        )
    )
)


class RefusedForItsForm(Failure):
    """An input that the document allows was not acceptable, whatever it meant."""


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    name = case.operation.definition.raw["operationId"]
    if name in ENDS_SESSIONS and (case.headers or {}).get("Authorization"):
        case.headers["Authorization"] = f"Bearer {FUZZED['token']}"
    if name in ON_USERS and case.path_parameters.get("id") in FUZZED["kept"]:
        case.path_parameters["id"] = FUZZED["stranger"]
    if isinstance(case.body, dict):
        _apart(case.body.get("participants"))
        _apart(case.body.get("add"))


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out forms with a number in place of a text: on the wire both are text."""
    is_form = case.media_type == "multipart/form-data"
    return not (is_form and case.meta is not None and case.meta.generation.mode.is_negative)


def _apart(people: Any) -> None:
    """A conversation of two of them would be for both to see, and no fault."""
    if isinstance(people, list):
        people[:] = [FUZZED["stranger"] if one in FUZZED["kept"] else one for one in people]


@schemathesis.check
def refused_for_its_meaning_only(_context: Any, response: Any, case: Any) -> None:
    """positive_data_acceptance would have no well-formed input refused; this looks at why."""
    if response.status_code not in (415, 422):
        return
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    complaints = [problem["detail"]]
    for about_field in problem.get("errors", {}).values():
        complaints += about_field
    if not any(MEANINGLESS.fullmatch(one) for one in complaints):
        raise RefusedForItsForm(operation=case.operation.label, message="; ".join(complaints))

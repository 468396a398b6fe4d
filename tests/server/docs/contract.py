"""docs/contract.md taken apart. What it says in tables and lists is read, or refused loudly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "contract.md").read_text()

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CALL = re.compile(rf"({'|'.join(METHODS)})(?: (\S+))?")
BETWEEN = re.compile(r"(?:\s|[,;/]|\*open\*)*")  # what stands beside the calls of a row
FIELDS = re.compile(r"\{[^{}]*\}")
COMMAND = re.compile(r"(\w+)(?:\.(\w+(?:\|\w+)*))?(?: (\{[^{}]*\}))?")


class Unreadable(AssertionError):
    """The page says something in a form that is not understood here."""


@dataclass(frozen=True, slots=True)
class Call:
    """path: ids in it are {}; is_open: whether no token is needed; parameters: of its query."""

    method: str
    path: str
    is_open: bool
    parameters: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Row:
    """Calls that are told of together.

    statuses: what one or the other of them answers; takes_files: whether their input may be a form;
    words: all that stands in backticks.
    """

    calls: list[Call]
    statuses: list[int]
    takes_files: bool
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Field:
    """type: as the page has it, empty where it does not say."""

    name: str
    type: str = ""
    nullable: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One that the program takes on its command line."""

    name: str
    flags: list[str] = field(default_factory=list)


def rows() -> list[Row]:
    """Of all tables of calls."""
    return [_row(cells) for head, cells in tables(section("## 2. REST")) if head[0] == "call"]


def error_statuses() -> set[int]:
    """Those of the paragraph about errors."""
    found = re.search(r"^\*\*Errors\*\* (.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    if found is None:
        raise Unreadable("no errors")
    return {int(status) for status in re.findall(r"\b[45]\d\d\b", found[1])}


def prose_paths() -> list[str]:
    """Paths that stand outside of the tables."""
    text = re.sub(r"```.*?```", "", section("## 2. REST"), flags=re.DOTALL)
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("|"))
    return [path for token in ticked(prose) if (path := token.rpartition(" ")[2]).startswith("/")]


def shapes() -> dict[str, list[Field]]:
    """The fields of each, those of the shape that it adds to included."""
    found = re.search(r"### Shapes\n+```\n(.*?)```", PAGE, re.DOTALL)
    if found is None:
        raise Unreadable("no shapes")
    read: dict[str, list[Field]] = {}
    for block in re.split(r"\n(?=\S)", found[1].strip()):
        shape = re.fullmatch(r"(\w+)\s+(?:(\w+) \+ )?\{(.*?)\}([^{}]*)", block, re.DOTALL)
        if shape is None:
            raise Unreadable(block)
        name, base, own, _note = shape.groups()
        read[name] = [*(read[base] if base else []), *fields(f"{{{own}}}")]
    return read


def events() -> dict[str, tuple[bool, list[Field] | None]]:
    """By name: whether it is numbered, and the fields of its data; None where that is null."""
    live = section("## 3. Socket.IO")
    ready = re.search(r"^`(session\.ready) (\{.*\})`$", live, re.MULTILINE)
    if ready is None:
        raise Unreadable("no session.ready")
    read: dict[str, tuple[bool, list[Field] | None]] = {ready[1]: (False, fields(ready[2]))}
    for head, cells in tables(live):
        durable = {"durable: in the user's log": True, "live: seq null": False}.get(head[0])
        if durable is None:
            raise Unreadable(str(head))
        names, data = ticked(cells[0]), [one for one in ticked(cells[1]) if one[0] in "{n"]
        if len(data) == 1:
            data *= len(names)
        if not names or len(names) != len(data):
            raise Unreadable(str(cells))
        for name, one in zip(names, data, strict=True):
            read[name] = (durable, None if one == "null" else fields(one))
    return read


def connect() -> list[Field]:
    """What a client shows when it connects."""
    shown = re.search(r"^\*\*Connect\*\* with `auth: (\{.*?\})`", PAGE, re.MULTILINE)
    if shown is None:
        raise Unreadable("no connect")
    return fields(shown[1])


def commands() -> dict[str, list[Field]]:
    """The commands of a socket, and what each takes."""
    text = section("## 3. Socket.IO").partition("**Commands**")[2].partition("### Guarantees")[0]
    read: dict[str, list[Field]] = {}
    for token in ticked(text):
        if token.startswith("{"):  # of an ack
            continue
        command = COMMAND.fullmatch(token)
        if command is None:
            raise Unreadable(token)
        subject, verbs, taken = command.groups()
        for verb in verbs.split("|") if verbs else [None]:
            read[f"{subject}.{verb}" if verb else subject] = fields(taken) if taken else []
    return read


def codes() -> dict[str, int]:
    """The codes of problems, with the status of each."""
    read: dict[str, int] = {}
    for head, cells in tables(section("## 2. REST")):
        if head == ["status", "code"]:
            read |= dict.fromkeys(ticked(cells[1]), int(cells[0]))
    return read


def settings() -> dict[str, str | None]:
    """The default of each, None where the page does not say."""
    text = section("## 1. Running it").partition("Settings are environment variables")[2]
    return {name: value or None for name, value in re.findall(r"`([A-Z_]+)`(?:=(\w+))?", text)}


def command_line() -> list[Command]:
    told = [cells[0] for _, cells in tables(section("## 1. Running it"))]
    return [
        Command(token.split()[0], re.findall(r"--[\w-]+", token))
        for cell in told
        for token in ticked(cell)
        if not token.startswith("python ")
    ]


def make_targets() -> set[str]:
    return set(re.findall(r"`make (\w+)`", PAGE))


def normal(path: str) -> str:
    """Whatever an id is called."""
    return re.sub(r"\{\w+\}", "{}", path)


def section(heading: str) -> str:
    _, found, rest = PAGE.partition(f"\n{heading}\n")
    if not found:
        raise Unreadable(heading)
    return re.split(r"\n## ", rest)[0]


def tables(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Of each row of each table: the head of the table, and its cells."""
    head: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            head = None
        elif head is None:
            head = _cells(line)
        elif not re.fullmatch(r"[| -]+", line):
            yield head, _cells(line)


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def fields(text: str) -> list[Field]:
    """`{name, name?, name|null, name: type, name: type|null}`."""
    read = []
    for part in re.split(r",\s*(?![^\[{(]*[\]})])", text.strip()[1:-1].strip()):
        one = re.fullmatch(r"(\w+)(\?)?(\|null)?(?::\s*(.+?))?", part.strip(), re.DOTALL)
        if one is None:
            raise Unreadable(f"{part!r} in {text!r}")
        name, optional, null, kind = one.groups()
        kind, or_null = re.split(r"(?:\||\s+or\s+)null\b", kind or "")[0], "null" in (kind or "")
        read.append(Field(name, kind, bool(null or or_null), bool(optional)))
    return read


def _cells(line: str) -> list[str]:
    """A `|` within backticks does not end a cell."""
    return [cell.strip() for cell in re.findall(r"\|((?:[^|`]|`[^`]*`)+)(?=\|)", line)]


def row(line: str) -> Row:
    """Of the calls in the first cell, and what the others say of them."""
    return _row(_cells(line))


def _row(cells: list[str]) -> Row:
    given, answered = cells
    tokens = [token for token in ticked(given) if not FIELDS.fullmatch(token)]
    if not BETWEEN.fullmatch(re.sub(r"`[^`]+`", "", given)):
        raise Unreadable(given)
    parameters = set(re.findall(r"[?&](\w+)=", given + answered))
    calls = []
    for index, (method, path) in enumerate(_spelled_out(tokens)):
        after = given.partition(f"`{tokens[index]}`")[2]
        taken = frozenset(parameters if method == "GET" else ())
        calls.append(Call(method, path, re.match(r"\s*\*open\*", after) is not None, taken))
    if "PATCH likewise" in answered:
        calls.append(Call("PATCH", calls[-1].path, calls[-1].is_open))
    statuses = [int(status) for status in re.findall(r"\b[2-5]\d\d\b", answered)]
    words = re.findall(r"\w+", " ".join(ticked(given + answered)))
    return Row(calls, statuses, "multipart" in answered, frozenset(words))


def _spelled_out(tokens: list[str]) -> list[tuple[str, str]]:
    """`/other/` and `METHOD` alone stand for what the call beside them has."""
    read: list[tuple[str | None, str | None]] = []
    for token in tokens:
        method, path = (None, token) if token[0] in "/." else _method_and_path(token)
        before = next((path for _, path in reversed(read) if path), None)
        read.append((method, _whole(path, before) if path else before))
    known = [method for method, _ in read if method]
    first = next((path for _, path in read if path), None)
    if not known or first is None:
        raise Unreadable(str(tokens))
    calls: list[tuple[str, str]] = []
    for method, path in read:
        known_method = method or calls[-1][0]
        calls.append((known_method, path or first))
    return calls


def _method_and_path(token: str) -> tuple[str, str | None]:
    call = CALL.fullmatch(token)
    if call is None:
        raise Unreadable(token)
    return call[1], call[2]


def _whole(path: str, before: str | None) -> str:
    path = normal(path.partition("?")[0])
    if path.startswith("/api/"):
        whole = path
    elif before is None:
        raise Unreadable(f"{path} after nothing")
    elif path.startswith(".../"):  # what all calls of this subject begin with
        whole = "/".join(before.split("/")[:3]) + path[3:]
    else:
        whole = re.sub(r"[^/]+/$", path.lstrip("/"), before)
    if not re.fullmatch(r"(/[a-z_]+|/\{\})+/", whole):
        raise Unreadable(path)
    return whole

"""The page's modules as the linker takes them: what each imports and exports, and its code.

It knows the forms that our modules and the vendored library are written in, and no others: what it
does not know is refused when the server starts, not served broken. It goes by lines and keeps them,
so line 10 of a module is ten lines below its beginning in what is made of it. Modules do not import
one another in a circle, and what they export is never assigned again: so a name may be copied when
it is imported, where a browser's own linker keeps the two the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

_FORMS = {
    "imports": r'import ?\{(?P<imported>[^{}]*)\} ?from ?"(?P<source>[^"]+)";',
    "imports_default": r'import (?P<whole>\w+) from "(?P<only>[^"]+)";',
    "runs": r'import "(?P<run>[^"]+)";',
    "passes_on": r'export ?\{(?P<passed>[^{}]*)\} ?from ?"(?P<origin>[^"]+)";',
    "lists": r"export ?\{(?P<listed>[^{}]*)\};",
    "unpacks": r"export (?P<unpacking>const \{(?P<unpacked>[\w, ]+)\} =)",
    "declares": r"export (?P<kind>const|class|function\*?|async function\*?) (?P<name>[\w$]+)",
    "defaults": r"export default(?= [{\[\"])",
}
# Each begins a line; in vendored modules they also follow one another.
_FORM = re.compile(
    rf"(?:^|(?<=[;}}]))(?:{'|'.join(f'(?P<{name}>{form})' for name, form in _FORMS.items())})", re.M
)
_LAZY = re.compile(r'\bimport\("(\.{1,2}/[^"]+)"\)')
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)$", re.M)
_REMARK = re.compile(r"[ \t]+// .*$", re.M)  # behind code
_UNKNOWN = re.compile(r"(?:^|[;}])[ \t]*(?:import|export)\b|\bimport\s*[(.]", re.M)
_WAITS = re.compile(r"^(?!\s)(?!.*\basync\b).*\bawait\b", re.M)  # what is in a function is indented
_DEFAULT = "$default"


class LinkError(Exception):
    """A module is not written as the linker knows it."""


@dataclass(slots=True)
class Module:
    """A module as the body of a function.

    Attributes:
        path: Its address.
        code: What it does, line by line, with `const` in place of its imports.
        waits: Whether it awaits something before it is done.
        lazy: The addresses of those that it loads when it needs them.
        imports: The modules that run before it, in order, by address, and the names it has of each.
        exports: What it exports, each with the expression that gives it.
    """

    path: str
    code: str = ""
    waits: bool = False
    lazy: list[str] = field(default_factory=list)
    imports: dict[str, list[str]] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)

    def take(self, form: re.Match[str]) -> str:
        """Note what a form imports or exports; return what stands for it in the code."""
        match form.lastgroup:
            case "imports":
                taken = self._import(form["source"], form["imported"])
                return f"const {{{_renamed(form['imported'])}}} = {taken};"
            case "imports_default":
                return f"const {form['whole']} = {self._import(form['only'], 'default')}.default;"
            case "runs":
                self._import(form["run"])
                return ""
            case "passes_on":
                origin = self._import(form["origin"], form["passed"])
                self._export({name: f"{origin}.{own}" for own, name in _pairs(form["passed"])})
                return "\n" * form["passed"].count("\n")
            case "lists":
                self._export({name: own for own, name in _pairs(form["listed"])})
                return ""
            case "unpacks":
                self._export({name: name for name, _ in _pairs(form["unpacked"])})
                return form["unpacking"]
            case "declares":
                self._export({form["name"]: form["name"]})
                return f"{form['kind']} {form['name']}"
        self._export({"default": _DEFAULT})
        return f"const {_DEFAULT} ="

    def _import(self, address: str, names: str = "") -> str:
        path = urljoin(self.path, address)
        self.imports.setdefault(path, []).extend(own for own, _ in _pairs(names))
        return variable(path)

    def _export(self, names: Mapping[str, str]) -> None:
        self.exports.update(names)


def is_ours(path: str) -> bool:
    """Return whether it is in our style, not a vendored library as it was published."""
    return "/vendor/" not in path


def variable(path: str) -> str:
    """Return the name by which a module's exports are known in the bundle."""
    return re.sub(r"[^\w$]", "_", path.removesuffix(".js").replace("/", "$", 1))


def parse(path: str, source: str) -> Module:
    """Take a module apart.

    Raises:
        LinkError: It has something that is not known here.
    """
    module = Module(path)
    text = _without_comments(source) if is_ours(path) else source

    def taken(form: re.Match[str]) -> str:
        begins = text[form.start() - 1 : form.start()] in ("", "\n")
        return module.take(form) if begins or not is_ours(path) else form[0]

    module.code = _FORM.sub(taken, text)
    rest = _LAZY.sub("", module.code)
    unknown = _UNKNOWN.search(rest)
    if unknown:
        line = rest.count("\n", 0, unknown.end()) + 1
        raise LinkError(f"{path}, line {line}: an import or export in a form that is not known.")
    for name, given in module.exports.items():
        if re.search(rf"^[ \t]*{re.escape(given)} [-+*/?|&]{{0,3}}= ", module.code, re.M):
            raise LinkError(f"{path}: {name} is exported and assigned again.")
    module.lazy = [urljoin(path, address) for address in dict.fromkeys(_LAZY.findall(module.code))]
    module.waits = bool(_WAITS.search(module.code))
    return module


def with_lazy(module: Module, loaded: Mapping[str, str]) -> str:
    """Return its code with these expressions in place of what it loads when it needs that."""
    return _LAZY.sub(lambda found: loaded[urljoin(module.path, found[1])], module.code)


def _without_comments(source: str) -> str:
    """Return a script of ours with its lines where they are, and no comments in them.

    What might be in a string or a template stays: before a remark, quotes come in pairs.
    """
    text = _COMMENT.sub(_blank, source)

    def remark(found: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        is_code = not (text.count("`", 0, found.start()) % 2 or line.count('"') % 2)
        return "" if is_code and not line.count("'") % 2 else found[0]

    return _REMARK.sub(remark, text)


def _blank(comment: re.Match[str]) -> str:
    return "\n" * comment[0].count("\n")


def _pairs(names: str) -> list[tuple[str, str]]:
    """Return what stands in braces: (name, name as which), twice the same where it stays."""
    parts = (name.split(" as ") for name in re.split(r"\s*,\s*", names.strip()) if name)
    return [(part[0], part[-1]) for part in parts]


def _renamed(names: str) -> str:
    return re.sub(r"([\w$]+) as ([\w$]+)", r"\1: \2", names)

"""The page's modules in a few files, so that a browser on a slow network need not ask for each.

They are made when the server starts: nothing has to be built before it. A file holds the modules of
one entry, each as a function that is called at once, after those that it imports. EARLY, which
begins the session, and what it imports have a file of their own, which runs while the rest is still
coming; MAIN's has what every view needs. What several of those need that are loaded when they are
asked for is in MAIN's, too, where a view needs it that may be the first one seen, and else in
SHARED's; each of them has one with what only it needs, and what only it says (catalogue.py).

What is loaded when it is asked for goes through LOADER, also SHARED's: Chromium does not fetch a
module a second time that it could not fetch once, nor one that imports it
(https://github.com/whatwg/html/issues/6768), so it is asked for at another address then.

The address of a file has a digest of all of them (page.py): what a browser has of it never changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import orjson

from server.web import catalogue
from server.web.catalogue import CATALOGUE
from server.web.modules import LinkError, Module, is_ours, parse, variable, with_lazy

EARLY = "/web/early.js"
MAIN = "/web/app.js"
SHARED = "/web/shared.js"
LOAD = "$load"
LOADER = f"""
const $loads = {{}}, $failures = {{}};
const $address = (file) => ($failures[file] ? `${{file}}?again=${{$failures[file]}}` : file);
const {LOAD} = (file) => ($loads[file] ??= import($address(file)).catch((error) => {{
  $failures[file] = ($failures[file] ?? 0) + 1;
  delete $loads[file];
  throw error;
}}));
""".strip().split("\n")


class Bundle:
    """The files made of these modules, which are given by their addresses."""

    def __init__(self, sources: Mapping[str, str], first_views: Iterable[str] = ()) -> None:
        """Take the modules apart and find where each goes; first_views may be seen before others.

        Raises:
            LinkError: One is not written as the linker knows it, imports what is not there or what
                imports it, or is ours and imported by none.
        """
        self.modules = {path: parse(path, source) for path, source in sources.items()}
        self._check()
        self.chunks = self._divided(first_views)
        self._chunk_of = {path: chunk for chunk, paths in self.chunks.items() for path in paths}
        left = {path for path in self.modules.keys() - self._chunk_of.keys() if is_ours(path)}
        if left:
            raise LinkError(f"Nothing imports {', '.join(sorted(left))}.")

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """The content of each file, by its name; a source map stands beside it."""
        made: dict[str, bytes] = {}
        for chunk in self.chunks:
            name = file_name(chunk)
            script, source_map = self._linked(chunk)
            made[name] = f"{script}//# sourceMappingURL={name}.map\n".encode()
            made[f"{name}.map"] = source_map
        return made

    def needed(self, *entries: str) -> list[str]:
        """Return the names of the files without which one of these entries would not run."""
        wanted = {self._chunk_of[path] for path in self._reached(entries)}
        return [file_name(chunk) for chunk in self.chunks if chunk in wanted]

    def _check(self) -> None:
        for path, module in self.modules.items():
            for imported in (*module.imports, *module.lazy):
                if imported not in self.modules:
                    raise LinkError(f"{path} imports {imported}, which is not there.")
            for imported, names in module.imports.items():
                unknown = set(names) - self.modules[imported].exports.keys()
                if unknown:
                    raise LinkError(f"{path} imports {unknown}, which {imported} does not export.")
        try:
            TopologicalSorter({path: of.imports for path, of in self.modules.items()}).prepare()
        except CycleError as error:
            raise LinkError(f"They import one another: {', '.join(error.args[1])}.") from error
        if len({variable(path) for path in self.modules}) < len(self.modules):
            raise LinkError("Two modules are called the same but for signs that no name can have.")

    def _reached(self, entries: Iterable[str]) -> list[str]:
        """Return these modules and what they import, each after what it imports itself."""
        done: dict[str, None] = {}

        def reach(path: str) -> None:
            if path not in done:
                for imported in self.modules[path].imports:
                    reach(imported)
                done[path] = None

        for entry in entries:
            reach(entry)
        return list(done)

    def _divided(self, first_views: Iterable[str]) -> Mapping[str, list[str]]:
        """Return the modules of each file, by its entry."""
        chunks = {EARLY: self._reached([EARLY])}
        first = set(self._reached([EARLY, MAIN]))
        loaded = {lazy for module in self.modules.values() for lazy in module.lazy} - first
        needs = {entry: self._reached([entry]) for entry in sorted(loaded)}
        users = Counter(path for paths in needs.values() for path in paths)
        shared = [path for path in users if users[path] > 1]
        seen_first = set(self._reached(first_views))
        near = [path for path in shared if path in seen_first]
        chunks[MAIN] = [path for path in self._reached([*near, MAIN]) if path not in chunks[EARLY]]
        chunks[SHARED] = [path for path in self._reached(shared) if path not in first | set(near)]
        first.update(shared)
        chunks |= {
            entry: [path for path in paths if path not in first]
            for entry, paths in needs.items()
            if entry not in first
        }
        return {chunk: paths for chunk, paths in chunks.items() if paths}

    def _linked(self, chunk: str) -> tuple[str, bytes]:
        """Return a file's script and its source map."""
        here = self.chunks[chunk]
        lines = self._head(chunk)
        sections = []
        for path in here:
            module = self.modules[path]
            head, tail = _call(module)
            code = with_lazy(module, self._loaded_by(module, here)).removesuffix("\n")
            if path == CATALOGUE:
                code = catalogue.kept(code, self._named[chunk] | self._named[EARLY])
            lines.append(head)
            sections.append(_section(path, len(lines), code.count("\n") + 1))
            lines += [*code.split("\n"), *tail]
        wanted = [*self._wanted(here), *([LOAD] if chunk == EARLY else ())]
        lines.append(f"export {{ {', '.join(wanted)} }};\n")
        return "\n".join(lines), orjson.dumps({"version": 3, "sections": sections})

    def _head(self, chunk: str) -> list[str]:
        """Return the lines of a file before its modules: what it has of other files, and adds."""
        lines = []
        texts = self._texts(chunk)
        needed = {other for path in self.chunks[chunk] for other in self.modules[path].imports}
        if texts:
            needed.add(CATALOGUE)
        for other in self.chunks.keys() - {chunk}:
            names = list(map(variable, sorted(needed & {*self.chunks[other]})))
            if other == EARLY and self._loads(chunk):
                names.append(LOAD)
            if names and other == SHARED:
                lines.append(f"const {{ {', '.join(names)} }} = await {_load(other)};")
            elif names:
                lines.append(f'import {{ {", ".join(names)} }} from "./{file_name(other)}";')
        return [*sorted(lines, reverse=True), *(LOADER if chunk == EARLY else ()), texts]

    @cached_property
    def _named(self) -> Mapping[str, set[str]]:
        """The names of texts in each file's modules, by its entry."""
        return {
            chunk: catalogue.named(
                self.modules[path].code for path in paths if "/languages/" not in path
            )
            for chunk, paths in self.chunks.items()
        }

    def _texts(self, chunk: str) -> str:
        """Return the statement that adds what a file says and the catalogue's own does not."""
        home = self._chunk_of.get(CATALOGUE)
        if home is None or chunk in (home, EARLY):
            return ""
        names = self._named[chunk] - self._named[home] - self._named[EARLY]
        to = f"{variable(CATALOGUE)}.default"
        return catalogue.added(self.modules[CATALOGUE].code, names, to)

    def _loads(self, chunk: str) -> bool:
        """Return whether a file loads others when they are asked for, or needs SHARED's."""
        here = self.chunks[chunk]
        modules = [self.modules[path] for path in here]
        loaded = {path for of in modules for path in of.lazy}
        loaded |= {path for of in modules for path in of.imports} & {*self.chunks.get(SHARED, ())}
        return not loaded <= {*here}

    def _wanted(self, here: list[str]) -> list[str]:
        """Return the names of those that other files take from this one."""
        elsewhere = (module for path, module in self.modules.items() if path not in here)
        imported = {CATALOGUE, *(path for module in elsewhere for path in module.imports)}
        lazy = {path for module in self.modules.values() for path in module.lazy}
        return [variable(path) for path in here if path in imported | lazy]

    def _loaded_by(self, module: Module, here: list[str]) -> Mapping[str, str]:
        """Return what stands for each `import()` of a module: a promise of the other's exports."""
        found = {}
        for path in module.lazy:
            name = variable(path)
            is_here = path in here
            found[path] = (
                f"Promise.resolve().then(() => {name})"
                if is_here
                else f"{_load(self._chunk_of[path])}.then((file) => file.{name})"
            )
        return found


def file_name(chunk: str) -> str:
    """Return the name of the file of this entry."""
    return chunk.rpartition("/")[2]


def _load(chunk: str) -> str:
    """Return the expression that promises a file."""
    return f'{LOAD}("./{file_name(chunk)}")'


def _call(module: Module) -> tuple[str, list[str]]:
    """Return what stands above and below a module's code, to call it as a function."""
    exports = ", ".join(
        name if name == given else f"{name}: {given}" for name, given in module.exports.items()
    )
    waits = ("await ", "async ") if module.waits else ("", "")
    head = f"const {variable(module.path)} = {waits[0]}({waits[1]}() => {{"
    return head, [f"return {{ {exports} }};", "})();"]


def _section(path: str, line: int, lines: int) -> dict[str, object]:
    """Return the part of a source map for a module that begins at this line (ECMA-426)."""
    each_on_the_next = ";".join(["AAAA", *["AACA"] * (lines - 1)])
    return {
        "offset": {"line": line, "column": 0},
        "map": {"version": 3, "sources": [path], "names": [], "mappings": each_on_the_next},
    }

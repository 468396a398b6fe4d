"""The page's modules as the files that it loads: all of them, as they are written, once."""

import re
from urllib.parse import urlsplit

import orjson
import pytest

from server.web.bundle import EARLY, MAIN, SHARED, Bundle, file_name
from server.web.catalogue import CATALOGUE
from server.web.modules import LinkError, is_ours, parse
from server.web.page import VIEW_MODULES, assets, bundled, generated
from tests.people import Instance

URL = "http://127.0.0.1:8000"
MADE = generated(URL)
BUNDLE = bundled(URL)
SOURCES = {
    **{path: file.read_text() for path, file in assets().items() if path.endswith(".js")},
    **MADE,
}
# What the linker writes anew, and comments, which it leaves out.
REWRITTEN = re.compile(r"^(import|export)\b|\bimport\(|^\s*(//|/\*| \*)|^[\w, ]*\} from ")
ENTRY = 'import "./a.js";'


def linked(**modules: str) -> Bundle:
    """A bundle of a few modules, of which app.js imports those it names."""
    sources = {f"/web/{name}.js": source for name, source in modules.items()}
    return Bundle({EARLY: "", MAIN: ENTRY, **sources})


def test_every_module_is_in_one_file_once() -> None:
    held = [path for paths in BUNDLE.chunks.values() for path in paths]
    assert len(held) == len(set(held))
    assert {path for path in SOURCES if is_ours(path)} <= set(held)
    assert set(held) <= SOURCES.keys()


def test_a_line_is_found_by_the_source_map_as_it_was_written() -> None:
    compared = 0
    for chunk in BUNDLE.chunks:
        name = file_name(chunk)
        script = BUNDLE.files[name].decode()
        assert script.endswith(f"\n//# sourceMappingURL={name}.map\n")
        lines = script.split("\n")
        sections = orjson.loads(BUNDLE.files[f"{name}.map"])["sections"]
        assert [section["map"]["sources"][0] for section in sections] == BUNDLE.chunks[chunk]
        for section in sections:
            (path,) = section["map"]["sources"]
            first = section["offset"]["line"]
            source = SOURCES[path].removesuffix("\n").split("\n")
            assert section["map"]["mappings"] == ";".join(["AAAA"] + ["AACA"] * (len(source) - 1))
            for number, line in enumerate(source):
                if is_ours(path) and path != CATALOGUE and not REWRITTEN.search(line):
                    there = lines[first + number]
                    left_out = line.removeprefix(there)
                    assert re.fullmatch(r"(?:\s+// .*)?", left_out), f"{path}:{number + 1}"
                    compared += 1
    assert compared > 4000


def test_a_file_has_the_texts_that_it_says_or_the_one_that_all_need_has_them() -> None:
    entry = re.compile(r'"([\w.]+)": (?:"(?:[^"\\]|\\.)*"|{.*?}),')
    english = dict.fromkeys(entry.findall(SOURCES[CATALOGUE]))
    scripts = {chunk: BUNDLE.files[file_name(chunk)].decode() for chunk in BUNDLE.chunks}
    held = {chunk: {*entry.findall(script)} & english.keys() for chunk, script in scripts.items()}
    assert 100 < len(held[MAIN]) < 200
    for chunk, paths in BUNDLE.chunks.items():
        ours = "".join(SOURCES[path] for path in paths if "/languages/" not in path)
        said = {*re.findall(r'"(\w+\.[\w.]+)"', ours)} & english.keys()
        assert said <= held[MAIN] | held[chunk], chunk
    later = held.keys() - {EARLY, MAIN, "/web/languages/ar.js"}
    elsewhere = set().union(*(held[chunk] for chunk in later))
    assert held[MAIN] | elsewhere == english.keys()
    assert held[MAIN] & elsewhere == set()


def test_what_only_one_view_needs_is_not_loaded_with_another() -> None:
    assert BUNDLE.needed(EARLY, MAIN, VIEW_MODULES["feed"]) == ["early.js", "app.js", "feed.js"]
    first = {*BUNDLE.chunks[EARLY], *BUNDLE.chunks[MAIN]}
    for name in ("settings", "messages", "talk", "admin", "welcome", "complete", "languages/ar"):
        assert f"/web/{name}.js" not in first


def test_what_several_views_need_is_loaded_first_only_where_one_of_them_may_be_the_first() -> None:
    for view in VIEW_MODULES.values():
        assert file_name(SHARED) not in BUNDLE.needed(EARLY, MAIN, view)
    assert {"/web/groups.js", "/web/second-factor.js"} <= {*BUNDLE.chunks[SHARED]}
    assert file_name(SHARED) in BUNDLE.needed("/web/settings.js")


def test_the_session_is_taken_up_before_the_page_is_drawn() -> None:
    early = set(BUNDLE.chunks[EARLY])
    assert {"/web/client.js", "/client/tokens.js"} <= early
    assert not early & {"/web/lit.js", "/web/i18n.js", "/web/view.js"}


def test_a_module_is_called_after_those_that_it_imports() -> None:
    order = [path for paths in BUNDLE.chunks.values() for path in paths]
    for path in order:
        for imported in BUNDLE.modules[path].imports:
            assert order.index(imported) < order.index(path)


def test_the_forms_of_imports_and_exports_that_are_known() -> None:
    module = parse(
        "/web/one.js",
        "\n".join(
            [
                "// What it is for.",
                'import { a, b as c } from "./two.js";',
                "import {",
                "  d,",
                '} from "/client/three.js";',
                'import four from "./four.js";',
                'import "./five.js";',
                'export { e, f as g } from "./six.js";',
                "export const h = a, text = 'import { x }';",
                "export const { i, j } = c;",
                "export async function* k() {}",
                "export class L {}",
                "const m = () => import('./x.js');".replace("'", '"'),
                "export default {",
                "};",
                "export { m, four as n };",
            ]
        ),
    )
    assert module.code.split("\n") == [
        "",
        "const { a, b: c } = $web_two;",
        "const {",
        "  d,",
        "} = $client_three;",
        "const four = $web_four.default;",
        "",
        "",
        "const h = a, text = 'import { x }';",
        "const { i, j } = c;",
        "async function* k() {}",
        "class L {}",
        'const m = () => import("./x.js");',
        "const $default = {",
        "};",
        "",
    ]
    assert list(module.imports) == [
        *("/web/two.js", "/client/three.js", "/web/four.js", "/web/five.js", "/web/six.js")
    ]
    assert module.imports["/web/two.js"] == ["a", "b"]
    assert module.lazy == ["/web/x.js"]
    assert module.exports == {
        **{name: name for name in ("h", "i", "j", "k", "L", "m")},
        "e": "$web_six.e",
        "g": "$web_six.f",
        "default": "$default",
        "n": "four",
    }
    assert not module.waits
    assert parse("/web/one.js", "const a = await b();\n").waits


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("a(); // why", "a();"),
        ('a("x"); // it\'s "why"', 'a("x");'),
        ('a("x // y");', 'a("x // y");'),
        ("const a = `x // y", "const a = `x // y"),
        ("const a = `x`; // y", "const a = `x`;"),
        ('a("http://example.org");', 'a("http://example.org");'),
    ],
)
def test_a_remark_behind_code_is_left_out_and_nothing_else(line: str, left: str) -> None:
    assert parse("/web/one.js", line).code == left


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./b.js";',
        'import one, { two } from "./b.js";',
        'import { a } from "./b.js"',
        "import { a } from './b.js';",
        '  import { a } from "./b.js";',
        'f(); import { a } from "./b.js";',
        'import text from "./b.json" with { type: "json" };',
        'export * from "./b.js";',
        "export let a = 1;",
        "export var a = 1;",
        "export const [a] = b;",
        "export const { a: b } = c;",
        "export default class {}",
        "export default a;",
        "const here = import.meta.url;",
        "const a = await import(name);",
        "const a = await import(`./b.js`);",
        "export function a() {}\nfunction b() { a = 1; }".replace("{ a", "{\n  a"),
    ],
)
def test_a_form_that_is_not_known_is_refused(line: str) -> None:
    with pytest.raises(LinkError, match=r"^/web/a\.js"):
        linked(a=f"// Comment.\n{line}\n", b="export const a = 1, two = 2;\nexport default {};\n")


@pytest.mark.parametrize(
    ("modules", "why"),
    [
        ({"a": 'import { x } from "./b.js";'}, "not there"),
        ({"a": 'import { x } from "./b.js";', "b": "export const y = 1;"}, "does not export"),
        ({"a": 'import "./b.js";', "b": 'import "./a.js";'}, "one another"),
        ({"a": "", "b": ""}, "Nothing imports /web/b.js"),
        ({"a": 'import "./b-c.js";', "b-c": 'import "./b_c.js";', "b_c": ""}, "called the same"),
    ],
)
def test_modules_that_do_not_fit_are_refused(modules: dict[str, str], why: str) -> None:
    with pytest.raises(LinkError, match=why):
        linked(**modules)


async def test_what_is_built_is_kept_for_good_and_of_another_version_not_at_all(
    instance: Instance,
) -> None:
    html = (await instance.get("/")).body.decode()
    built = re.findall(r'(?:href|src)="(/web/built/[^"]+)"', html)
    assert {path.rpartition("/")[2] for path in built} == {
        *("early.js", "app.js", "feed.js", "style.css")
    }
    for path in built:
        answer = await instance.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        version = path.split("/")[3]
        other = await instance.get(path.replace(version, "0" * len(version)))
        assert other.headers["Cache-Control"] == "no-store"
        assert other.body == answer.body
    source_map = await instance.get(built[0] + ".map")
    for section in source_map.body["sections"]:
        await instance.get(section["map"]["sources"][0])


async def test_all_that_the_service_worker_keeps_is_there(instance: Instance) -> None:
    script = (await instance.get("/sw.js")).body.decode()
    (files,) = re.findall(r"^const FILES = (\[.*\]);$", script, re.MULTILINE)
    kept = orjson.loads(files)
    for path in kept:
        await instance.get(path)
    names = {urlsplit(path).path.rpartition("/")[2] for path in kept if "/built/" in path}
    sheets = {"style.css", "messages.css", "settings.css", "talk.css"}
    assert names == {*map(file_name, BUNDLE.chunks), *sheets}

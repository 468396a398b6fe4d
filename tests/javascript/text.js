// What the page's text.js makes of texts: `node text.js PATH_OF_TEXT_JS`, with a JSON list of texts on
// the standard input; a JSON list on the standard output.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { entities, fold, isBlank, room, textLength } = await import(pathToFileURL(process.argv[2]));

const results = JSON.parse(readFileSync(0, "utf8")).map((text) => ({
  entities: entities(text).map(({ kind, start, end, value }) => [kind, text.slice(start, end), value]),
  fold: fold(text),
  length: textLength(text, "post"),
  name_length: textLength(text, "display_name"),
  fits: room(text, "post") >= 0,
  blank: isBlank(text),
}));
process.stdout.write(JSON.stringify(results));

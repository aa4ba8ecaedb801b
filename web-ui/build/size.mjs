// What a first visit loads, compressed: the page, what it names, and the largest page on top. At most 250 kB (issue 5).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const MOST = 250_000;
const folder = new URL("../dist/", import.meta.url).pathname;

const sizeOf = (path) => {
  const file = join(folder, path);
  try {
    return statSync(`${file}.br`).size;
  } catch {
    return statSync(file).size;
  }
};

const html = readFileSync(join(folder, "index.html"), "utf8");
const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
if (!named.some((path) => path.endsWith(".js"))) throw new Error("dist/index.html names no script");

const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
const files = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const other of chunk.imports ?? []) visit(other);
};
visit("index.html");
const first = new Set([...named, ...files, "index.html"]);
const sum = (paths) => [...paths].reduce((total, path) => total + sizeOf(path), 0);
const core = sum(first);

const pages = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && key.startsWith("src/pages/"));
const added = pages.map((key) => {
  files.clear();
  visit(key);
  return [key, sum([...files].filter((path) => !first.has(path)))];
});
added.sort((one, other) => other[1] - one[1]);
const [largest, extra] = added[0];

const all = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith(".br"));
console.log(`first load: ${core} bytes compressed, with the largest page (${largest}) ${core + extra}, at most ${MOST}`);
console.log(`everything: ${sum(all.map((path) => path.slice(0, -3)))} bytes compressed in ${all.length} files`);
if (core + extra > MOST) {
  console.error("the first load is too large");
  process.exit(1);
}

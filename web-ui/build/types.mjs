// Writes src/api/schema.d.ts from the API's contract; `--check` only says whether it is up to date.
//
// The contract is crates/api/openapi.json, which a server test compares with the server. openapi.json in this folder has
// what the server's file does not have (yet); where both have a path or a schema, the server's counts.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const EMPTY = { openapi: "3.1.0", info: { title: "Lá Chắn", version: "1" }, paths: {}, components: { schemas: {} } };
const OUT = new URL("../src/api/schema.d.ts", import.meta.url);

function read(path) {
  const file = new URL(path, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : EMPTY;
}

const own = read("../openapi.json");
const server = read("../../crates/api/openapi.json");
const contract = {
  ...own,
  paths: { ...own.paths, ...server.paths },
  components: { schemas: { ...own.components.schemas, ...server.components.schemas } },
};
// Their names are of no use here, and two modules of the server may give the same.
for (const path of Object.values(contract.paths)) for (const operation of Object.values(path)) delete operation.operationId;
const text = `// Written by \`npm run types\` from the API's OpenAPI file. Do not edit.\n\n${astToString(await openapiTS(contract))}`;

if (process.argv.includes("--check")) {
  if (readFileSync(OUT, "utf8") !== text) {
    console.error("src/api/schema.d.ts is not what the OpenAPI file gives: run `npm run types` and mend what tsc finds");
    process.exit(1);
  }
} else {
  writeFileSync(OUT, text);
}

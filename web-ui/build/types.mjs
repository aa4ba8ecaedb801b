// Writes src/api/schema.d.ts from the API's contract; `--check` only says whether it is up to date.
//
// The contract is crates/api/openapi.json, which a server test compares with the server.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const OUT = new URL("../src/api/schema.d.ts", import.meta.url);
const contract = JSON.parse(readFileSync(new URL("../../crates/api/openapi.json", import.meta.url), "utf8"));
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

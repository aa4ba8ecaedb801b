// Prints where the API's OpenAPI file lies: the server's own, which a server test compares with the server.
import { fileURLToPath } from "node:url";

console.log(fileURLToPath(new URL("../openapi.json", import.meta.url)));

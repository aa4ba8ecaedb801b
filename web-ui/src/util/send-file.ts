// Sends a file piece by piece, and tells how far it is: `fetch` tells nothing of the way up.
import { NoAnswer, readProblem } from "../api/errors";

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Done when the box has all of it; `progress` is told shares from 0 to 1.
export function sendFile(path: string, file: File, headers: Record<string, string>, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1${path}`);
    const all = { ...headers, "X-Lachan": "1", "Accept-Language": document.documentElement.lang || "vi", "Content-Type": "application/octet-stream" };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status < 300) {
        resolve();
        return;
      }
      const wait = request.getResponseHeader("Retry-After");
      const head = new Response(null, { status: request.status, headers: wait === null ? {} : { "Retry-After": wait } });
      reject(readProblem(head, bodyOf(request.responseText)));
    });
    request.addEventListener("error", () => {
      reject(new NoAnswer("the connection broke"));
    });
    request.send(file);
  });
}

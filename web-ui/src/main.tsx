// Starts the UI: texts first, so that nobody sees a page without words.
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startTexts } from "./i18n";

await startTexts();
const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
createRoot(place).render(<App />);

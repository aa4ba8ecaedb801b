// In the page where a pupil tells of harm: encrypts what was written to the counsellor's key before it travels, because the
// way to the box is plain HTTP. Only when it can does the page say so; whatever fails leaves the form as it is without a script.
import { base64 } from "@scure/base";
import { seal } from "./age.ts";

// Texts of different lengths look the same from outside.
const STEP = 1024;

interface Field {
  value: string;
}

const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as unknown as Field;

function show(isSealed: boolean): void {
  for (const [id, isShown] of [["duong-kin", isSealed], ["duong-ho", !isSealed]] as const) {
    const part = document.getElementById(id);
    if (part) part.hidden = !isShown;
  }
}

// A page that lay open for long has an old token, and perhaps another key: a fresh one has both.
async function renew(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(location.pathname, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-khoa]");
  const token = fresh?.querySelector<HTMLInputElement>("input[name=the]")?.value;
  const key = fresh?.getAttribute("data-khoa");
  if (token === undefined || key == null) return;
  field(form, "the").value = token;
  form.setAttribute("data-khoa", key);
}

// What is sent in place of the form: the same, with the two texts encrypted.
function sealed(form: HTMLFormElement): URLSearchParams {
  const key = form.getAttribute("data-khoa") ?? "";
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.set(name, value);
  const story = (fields.get("chuyen") ?? "").trim().replace(/\r\n?/g, "\n");
  // Nothing is written: the box says so, which it could not of what only the counsellor opens.
  if (story === "") return fields;
  const text = JSON.stringify({ version: 1, story, contact: (fields.get("gap") ?? "").trim() });
  const length = new TextEncoder().encode(text).length;
  fields.set("kin", base64.encode(seal(key, text + " ".repeat(STEP - (length % STEP)))));
  fields.set("cho", key);
  fields.delete("chuyen");
  fields.delete("gap");
  return fields;
}

// The answer: thanks take the place of the page; what was wrong stands above the form, which keeps what was written.
async function send(form: HTMLFormElement, fields: URLSearchParams): Promise<void> {
  const answer = await fetch(form.action, { method: "POST", body: fields });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.querySelector("main");
  const wrong = page.querySelector("[role=alert]");
  if (answer.ok && main) {
    document.querySelector("main")?.replaceWith(main);
    document.title = page.title;
    // Read out by whoever reads pages aloud.
    const title = main.querySelector("h1");
    title?.setAttribute("tabindex", "-1");
    title?.focus();
    scrollTo(0, 0);
  } else if (wrong) {
    document.querySelector("[role=alert]")?.remove();
    form.before(wrong);
    wrong.scrollIntoView();
  } else throw new Error("the box gave no answer of ours");
}

function begin(form: HTMLFormElement): void {
  // Tried once before anything is promised.
  seal(form.getAttribute("data-khoa") ?? "", "");
  show(true);
  let isOn = true;
  let isBusy = false;
  form.addEventListener("submit", (event) => {
    if (!isOn) return;
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    renew(form)
      .catch(() => undefined)
      .then(() => send(form, sealed(form)))
      .catch(() => {
        // From here on the page says that it would be readable, and sends by the browser's own way when asked again.
        isOn = false;
        show(false);
        document.getElementById("duong-ho")?.scrollIntoView();
      })
      .finally(() => {
        isBusy = false;
      });
  });
}

const form = document.querySelector<HTMLFormElement>("form[data-khoa]");
if (form) {
  try {
    begin(form);
  } catch {
    show(false);
  }
}

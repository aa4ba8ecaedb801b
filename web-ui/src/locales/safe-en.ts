import type { SafeTexts } from "./safe-vi";

export const safeEn: SafeTexts = {
  title: "Safe search",
  lead: "In which form each tier gets search engines and video sites. The box changes the DNS answer, so every device follows, with nothing to install.",
  kind: { search: "Search engine", video: "Video site" },
  engine: "Engine",
  strictness: { strict: "Safe, strict", moderate: "Safe, moderate", off: "As it is" },
  byHost: "answered by {{host}}",
  without: "Engines without a safe form are closed for: {{tiers}}.",
  check: {
    title: "Check now",
    hint: "The box asks itself for the names of each engine, as a device of the group would, and looks whether any way leads past the safe form. None of it is recorded.",
    group: "Group",
    none: "A device in no group",
    run: "Check",
    running: "The box is asking for each engine…",
    good: "Every engine answers as the tier table wants it.",
    bad: "An engine can be reached past its safe form. Look at the red line and tell the administrator; the doctor's page says how to mend it.",
    unknown: "Some engines could not be checked, because the DNS servers outside do not answer. Try again later.",
    names: "{{count, number}} names",
    details: "By kind of answer",
  },
  state: {
    safe: "Safe",
    closed: "Closed",
    off: "As it is",
    unanswered: "Not known",
    unsafe: "Not safe",
  },
  say: {
    safe: "Every answer leads to the safe form.",
    closed: "This engine is closed for the group.",
    off: "The group's tier gets this engine as it is.",
    unanswered: "No answer came, so nothing can be said.",
    unsafe: "An answer leads past the safe form.",
  },
  record: {
    A: "IPv4 addresses",
    AAAA: "IPv6 addresses",
    HTTPS: "HTTPS records",
  },
  example: "{{count, number}} names, {{name}} for one",
};

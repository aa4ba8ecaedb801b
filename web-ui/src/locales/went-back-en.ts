import type { WentBackTexts } from "./went-back-vi";

export const wentBackEn: WentBackTexts = {
  title: {
    unconfirmed: "The box put the settings before back by itself",
    "no-start": "The box put the settings before back by itself",
    died: "The box put the settings before back by itself",
    restore: "The box took the restore back by itself",
  },
  why: {
    unconfirmed: "Nobody kept the change within two minutes, or the box lost its power before.",
    "no-start": "The box could not start with the new settings.",
    died: "The box started twice with the new settings, and ended within a minute both times.",
    restore: "The box could not run with what is in the backup.",
  },
  when: "At {{time}}",
  unknownTime: "When the box did not know the time",
  by: "Changed by {{name}}",
  changed: "As before again: {{keys}}",
  reason: "What the box said:",
  again: "What went back can be had again by “Go back” on the page of the settings file.",
  read: "I have read it",
};

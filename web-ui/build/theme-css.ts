// Writes the theme's CSS variables as a static style sheet ("virtual:theme.css"). MantineProvider would put them into a
// style tag when the page runs, which a CSP without 'unsafe-inline' refuses.
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from "@mantine/core";
import type { Plugin } from "vite";
import { theme, variables } from "../src/theme.ts";

const NAME = "virtual:theme.css";

export function themeCss(): Plugin {
  return {
    name: "lachan-theme-css",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load(id) {
      if (id !== `\0${NAME}`) return null;
      const merged = mergeMantineTheme(DEFAULT_THEME, theme);
      const sheets = [defaultCssVariablesResolver(merged), variables(merged)];
      return sheets.map((sheet) => convertCssVariables(sheet, ":root")).join("\n");
    },
  };
}

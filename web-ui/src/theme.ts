// Colours and defaults. Shade 9 of teal on white, and white on it, have a contrast above 4.5.
// The variables are written to a static style sheet when the UI is built (build/theme-css.ts): a strict CSP allows no
// style tag made at run time, and this file must therefore import nothing that needs a browser.
import { createTheme, type CSSVariablesResolver } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: "md",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
  components: {
    // Locking the scroll would inject a style tag; and a dialog's header is no second banner of the page.
    Modal: { defaultProps: { lockScroll: false, centered: true, attributes: { header: { role: "presentation" } } } },
    Paper: { defaultProps: { withBorder: true, p: "md" } },
    Button: { defaultProps: { mih: 40 } },
    // Their words are the message: never cut to dots.
    Badge: { defaultProps: { tt: "none", radius: "sm", miw: "max-content" } },
    Anchor: { defaultProps: { underline: "always" } },
  },
});

// Mantine's own greys and yellows are too pale for small text (WCAG 2.2, 1.4.3); axe in Chromium found which.
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--lachan-page": "#f6f7f8",
    "--lachan-here": "#05593f",
    "--lachan-here-bg": "#dff5ec",
    "--mantine-primary-color-filled-hover": "#066649",
    "--mantine-color-teal-filled-hover": "#066649",
    "--mantine-color-red-filled-hover": "#a61e1e",
    "--mantine-color-dimmed": "#545b62",
    "--mantine-color-placeholder": "#6b7279",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-yellow-light-color": "#6b3f00",
    "--mantine-color-teal-light-color": "#05593f",
    "--mantine-color-red-light-color": "#a61e1e",
    "--mantine-color-blue-light-color": "#1c5aa0",
    "--mantine-color-gray-light-color": "#495057",
  },
  dark: {
    "--lachan-page": "#1a1b1e",
    "--lachan-here": "var(--mantine-color-teal-3)",
    "--lachan-here-bg": "#1f3a32",
    "--mantine-primary-color-filled-hover": "#066649",
    "--mantine-color-teal-filled-hover": "#066649",
    "--mantine-color-red-filled-hover": "#a61e1e",
    "--mantine-color-dimmed": "#aeb4ba",
    "--mantine-color-placeholder": "#9aa1a8",
    "--mantine-color-error": "#ff8787",
    // On dark, links and marks in the primary colour are its light shades.
    "--mantine-color-anchor": "#63e6be",
  },
});

// Colours and defaults. Shade 9 of teal on white, and white on it, have a contrast above 4.5.
// The variables are written to a static style sheet when the UI is built (build/theme-css.ts): a strict CSP allows no
// style tag made at run time, and this file must therefore import nothing that needs a browser.
import { createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: "md",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
  components: {
    // Locking the scroll would inject a style tag.
    Modal: { defaultProps: { lockScroll: false, centered: true } },
    Paper: { defaultProps: { withBorder: true, p: "md" } },
    Button: { defaultProps: { mih: 40 } },
    Anchor: { defaultProps: { underline: "always" } },
  },
});

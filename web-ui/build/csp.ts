// The policy the box sends with the UI (crates/api sends the same), and the headers beside it.
export const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

export const HEADERS = {
  "Content-Security-Policy": CSP.join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

// While developing, Vite adds a script and styles of its own to the page; they carry this word, ours need none.
export const DEV_NONCE = "vite";

export const DEV_HEADERS = {
  ...HEADERS,
  "Content-Security-Policy": CSP.map((rule) => {
    if (rule.startsWith("script-src")) return `${rule} 'nonce-${DEV_NONCE}'`;
    // Styles come through script while developing, and a nonce does not reach all of them.
    return rule.startsWith("style-src") ? `${rule} 'unsafe-inline'` : rule;
  }).join("; "),
};

// Keyboards write the marks of Vietnamese in two ways (one letter, or a letter and its marks). Passwords are compared byte by
// byte, so they leave here in one of them.
export function oneForm(text: string): string {
  return text.normalize("NFC");
}

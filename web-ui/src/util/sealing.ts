// What only the counsellor reads, in the format age (https://age-encryption.org/v1). All of it happens in this browser:
// the box never sees her passphrase, her identity, or what a report says.

// Read only once something is sealed or opened: it is as large as the rest of the page.
const age = () => import("age-encryption");

// log2 of scrypt's work: some seconds on a phone.
const WORK = 16;

export interface MadeKey {
  recipient: string;
  // The identity behind the passphrase, as text.
  wrapped: string;
  // The identity itself: for paper, shown once.
  identity: string;
}

export async function makeKey(passphrase: string): Promise<MadeKey> {
  const { armor, Encrypter, generateX25519Identity, identityToRecipient } = await age();
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK);
  // Keyboards write the marks of Vietnamese in two ways.
  encrypter.setPassphrase(passphrase.normalize("NFC"));
  const wrapped = armor.encode(await encrypter.encrypt(identity));
  return { recipient: await identityToRecipient(identity), wrapped, identity };
}

// The identity, by the passphrase or by what stands on the paper. Throws when neither fits.
export async function unlock(wrapped: string, recipient: string, secret: string): Promise<string> {
  const { identityToRecipient } = await age();
  const typed = secret.trim();
  const identity = typed.toUpperCase().startsWith("AGE-SECRET-KEY-1") ? typed.toUpperCase() : await unwrap(wrapped, secret);
  if ((await identityToRecipient(identity)) !== recipient) throw new Error("the identity of another key");
  return identity;
}

async function unwrap(wrapped: string, passphrase: string): Promise<string> {
  const { armor, Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase.normalize("NFC"));
  return decrypter.decrypt(armor.decode(wrapped), "text");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export async function open(sealed: string, identity: string): Promise<string> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(fromBase64(sealed), "text");
}

export async function seal(text: string, recipient: string): Promise<string> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return toBase64(await encrypter.encrypt(text));
}

export interface Story {
  story: string;
  contact: string | undefined;
}

// What a pupil wrote. A form of another version is shown as it is rather than lost.
export function readStory(text: string): Story {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "story" in value && typeof value.story === "string") {
      const contact = "contact" in value && typeof value.contact === "string" && value.contact !== "" ? value.contact : undefined;
      return { story: value.story, contact };
    }
  } catch {
    // No JSON: below.
  }
  return { story: text, contact: undefined };
}

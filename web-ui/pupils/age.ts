// Writes files of the format age (age-encryption.org/v1) for one X25519 recipient, and nothing else: so small that it stands
// in a page for an old phone. Random numbers come from the browser; the library's pieces are the ones that age-encryption uses.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { pow } from "@noble/curves/abstract/modular.js";
import { montgomery } from "@noble/curves/abstract/montgomery.js";
import { extract, expand } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64nopad, bech32 } from "@scure/base";

// RFC 7748 §4.1 and §5: the field of Curve25519, and how a secret becomes a scalar.
const P = 2n ** 255n - 19n;
const x25519 = montgomery({
  P,
  type: "x25519",
  powPminus2: (x) => pow(x, P - 2n, P),
  adjustScalarBytes: (bytes: Uint8Array<ArrayBuffer>) => {
    bytes[0] = (bytes[0] ?? 0) & 248;
    bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
    return bytes;
  },
});

const CHUNK = 64 * 1024;
const utf8 = (text: string) => new TextEncoder().encode(text);

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return expand(sha256, extract(sha256, secret, salt), utf8(info), 32);
}

function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// The file. `recipient` is `age1…`; the text has one chunk at most.
export function seal(recipient: string, text: string): Uint8Array {
  const { prefix, bytes: theirs } = bech32.decodeToBytes(recipient);
  const plain = utf8(text);
  if (prefix !== "age" || theirs.length !== 32 || plain.length > CHUNK) throw new Error("not for this key");
  const fileKey = random(16);
  const secret = random(32);
  const share = x25519.scalarMultBase(secret);
  const shared = x25519.scalarMult(secret, theirs);
  const wrap = hkdf(shared, join(share, theirs), "age-encryption.org/v1/X25519");
  const wrapped = chacha20poly1305(wrap, new Uint8Array(12)).encrypt(fileKey);
  const head = `age-encryption.org/v1\n-> X25519 ${base64nopad.encode(share)}\n${base64nopad.encode(wrapped)}\n---`;
  const mac = hmac(sha256, hkdf(fileKey, new Uint8Array(0), "header"), utf8(head));
  const nonce = random(16);
  // One chunk, the last: a counter of 0 and a final 1.
  const last = new Uint8Array(12);
  last[11] = 1;
  const payload = chacha20poly1305(hkdf(fileKey, nonce, "payload"), last).encrypt(plain);
  return join(utf8(`${head} ${base64nopad.encode(mac)}\n`), nonce, payload);
}

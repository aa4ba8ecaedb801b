// What the pupils' page encrypts by itself is what the counsellor's page opens.
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { seal } from "../../pupils/age.ts";

async function opened(identity: string, file: Uint8Array): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(file, "text");
}

test("the counsellor's key opens what the page encrypts, and no other does", async () => {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  for (const text of ["", "Em sợ lắm.", "ờ".repeat(20_000)]) {
    const file = seal(recipient, text);
    expect(await opened(identity, file)).toBe(text);
    await expect(opened(await generateX25519Identity(), file)).rejects.toThrow();
  }
});

test("no two files are alike, and nothing of the text stands in them", async () => {
  const recipient = await identityToRecipient(await generateX25519Identity());
  const [one, other] = [seal(recipient, "Nguyen Van A"), seal(recipient, "Nguyen Van A")];
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(false);
  expect(Buffer.from(one).includes("Nguyen")).toBe(false);
});

test("what is no key takes nothing", () => {
  for (const key of ["", "age1", "age1qqqq", "AGE-SECRET-KEY-1"]) expect(() => seal(key, "x")).toThrow();
});

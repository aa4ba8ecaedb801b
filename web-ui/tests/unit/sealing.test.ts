// What is sealed opens with the right key only, and a story of any form is shown rather than lost.
import { expect, test } from "vitest";
import { makeKey, open, readStory, seal, unlock } from "../../src/util/sealing";

test("a key opens by its passphrase and by its paper, and by nothing else", async () => {
  const made = await makeKey("một câu thật dễ nhớ");
  expect(await unlock(made.wrapped, made.recipient, "một câu thật dễ nhớ")).toBe(made.identity);
  expect(await unlock(made.wrapped, made.recipient, ` ${made.identity.toLowerCase()} `)).toBe(made.identity);
  await expect(unlock(made.wrapped, made.recipient, "câu khác")).rejects.toThrow();
  const other = await makeKey("một câu khác hẳn");
  await expect(unlock(made.wrapped, made.recipient, other.identity)).rejects.toThrow();
}, 60_000);

test("what is sealed to a key opens with its identity", async () => {
  const made = await makeKey("một câu thật dễ nhớ");
  const sealed = await seal("Đã gọi cho mẹ em.", made.recipient);
  expect(atob(sealed).startsWith("age-encryption.org/v1\n")).toBe(true);
  expect(await open(sealed, made.identity)).toBe("Đã gọi cho mẹ em.");
}, 60_000);

test.each([
  ['{"version":1,"story":"a","contact":"8B"}', { story: "a", contact: "8B" }],
  ['{"version":1,"story":"a","contact":""}', { story: "a", contact: undefined }],
  ['{"version":2,"text":"b"}', { story: '{"version":2,"text":"b"}', contact: undefined }],
  ["not json", { story: "not json", contact: undefined }],
])("the story %s is read", (text, story) => {
  expect(readStory(text)).toEqual(story);
});

// What is done to the box as a whole.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

const PASSWORD = "mat-khau-thu-nghiem";

test("the overview leads to a backup, whose passphrase is shown once and whose file is saved", async () => {
  const { page, close, expectedErrors } = await visit("/", { size: PHONE });
  await page.getByText("Hơn 90 ngày chưa sao lưu hộp.").waitFor();
  await page.getByRole("link", { name: "Tạo bản sao lưu" }).click();
  await heading(page, "Sao lưu");
  const own = page.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" });
  await own.fill("sai mật khẩu");
  await page.getByRole("button", { name: "Tạo bản sao lưu" }).click();
  await page.getByText("Tên hoặc mật khẩu chưa đúng.").waitFor();
  expectedErrors.push(/401/);
  await own.fill(PASSWORD);
  await page.getByRole("button", { name: "Tạo bản sao lưu" }).click();
  await page.getByText("k3mw-9xpa-t2fh-c7ud-qzn4-86ys").waitFor();
  await picture(page, "backup-ready-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Tải tệp về máy này" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toMatch(/^lachan-\d{4}-\d\d-\d\d\.age$/);
  expect(await readFile(await saved.path(), "utf8")).toContain("age-encryption.org");
  // Once it is saved it counts.
  await page.getByRole("definition").filter({ hasText: new RegExp(`/${String(new Date().getFullYear())}$`) }).first().waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Bản sao lưu đã sẵn sàng" }).waitFor();
  expect(await page.getByText("k3mw-9xpa").count()).toBe(0);
  await close();
});

test("a passphrase of one's own is typed twice", async () => {
  const { page, close } = await visit("/backup", { scenario: "empty" });
  await page.getByText("Chưa sao lưu lần nào").waitFor();
  await page.getByRole("radio", { name: "Tự đặt mật khẩu" }).check();
  await page.getByRole("textbox", { name: "Mật khẩu của tệp", exact: true }).fill("một câu thật dài");
  await page.getByRole("textbox", { name: "Nhập lại mật khẩu của tệp" }).fill("một câu khác hẳn");
  await page.getByText("Hai lần nhập khác nhau.").waitFor();
  expect(await page.getByRole("button", { name: "Tạo bản sao lưu" }).isDisabled()).toBe(true);
  await page.getByRole("textbox", { name: "Nhập lại mật khẩu của tệp" }).fill("một câu thật dài");
  await page.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Tạo bản sao lưu" }).click();
  await page.getByRole("heading", { name: "Bản sao lưu đã sẵn sàng" }).waitFor();
  expect(await page.getByText("Mật khẩu chỉ hiện lần này").count()).toBe(0);
  await close();
});

// What is done to the box as a whole.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

const PASSWORD = "mat-khau-thu-nghiem";
const PHRASE = "k3mw-9xpa-t2fh-c7ud-qzn4-86ys";
const BACKUP = { name: "lachan-2026-11-20.age", mimeType: "application/octet-stream", buffer: Buffer.from("age-encryption.org/v1\n") };

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

async function choose(page: Page, file: typeof BACKUP, phrase: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: /Tệp sao lưu/ }).click()]);
  await chooser.setFiles(file);
  await page.getByRole("textbox", { name: "Mật khẩu của tệp" }).fill(phrase);
  await page.getByRole("button", { name: "Xem trong tệp có gì" }).click();
}

test("a backup is sent, shown and restored; what is wrong with it is said; and it can be taken back", async () => {
  const { page, close, expectedErrors } = await visit("/restore", { size: PHONE });
  expectedErrors.push(/422/, /401/);
  await choose(page, { ...BACKUP, buffer: Buffer.from("ảnh chụp lớp") }, PHRASE);
  await page.getByText("Tệp này không phải bản sao lưu của Lá Chắn.").waitFor();
  await choose(page, BACKUP, "sai mật khẩu");
  await page.getByText("Mật khẩu không mở được tệp này.").waitFor();
  await page.getByRole("textbox", { name: "Mật khẩu của tệp" }).fill(PHRASE);
  await page.getByRole("button", { name: "Xem trong tệp có gì" }).click();
  await page.getByRole("heading", { name: "Trong bản sao lưu" }).waitFor();
  await page.getByText("Nguyễn Thị Lan · Giáo viên").waitFor();
  await page.getByRole("cell", { name: "network.mode" }).waitFor();
  await picture(page, "restore-preview-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" }).fill("sai");
  await page.getByRole("button", { name: "Khôi phục", exact: true }).click();
  await page.getByText("Tên hoặc mật khẩu chưa đúng.").waitFor();
  await page.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Khôi phục", exact: true }).click();
  await heading(page, "Đã nhận bản sao lưu");
  await page.getByText("Hộp đã chạy lại.").waitFor();
  await page.getByRole("button", { name: "Tiếp tục" }).click();
  await heading(page, "Đăng nhập");
  await page.getByLabel("Tên đăng nhập").fill("admin");
  await page.getByRole("textbox", { name: "Mật khẩu" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Đăng nhập" }).click();
  await page.getByLabel("Mã sáu số").fill("123456");
  await page.getByRole("button", { name: "Đăng nhập" }).click();
  await heading(page, "Tổng quan");
  await page.goto(new URL("/restore", page.url()).href);
  await page.getByRole("button", { name: "Quay lại trước khi khôi phục" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" }).fill(PASSWORD);
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Quay lại trước khi khôi phục" }).click();
  await heading(page, "Đang quay lại như trước");
  await page.getByText("Hộp đã chạy lại.").waitFor();
  await close();
});

test("a new box takes a broken one's place by its first-run code", async () => {
  const { page, close, expectedErrors } = await visit("/", { scenario: "setup", as: "-", size: PHONE });
  expectedErrors.push(/403/);
  await heading(page, "Chào thầy cô");
  await page.getByRole("link", { name: "Khôi phục từ bản sao lưu" }).click();
  await heading(page, "Khôi phục từ bản sao lưu");
  await page.getByRole("textbox", { name: "Mã cài đặt" }).fill("SAI-MA");
  await choose(page, BACKUP, PHRASE);
  await page.getByText("Mã cài đặt chưa đúng.").waitFor();
  await page.getByRole("textbox", { name: "Mã cài đặt" }).fill("LACHAN-2026");
  await page.getByRole("button", { name: "Xem trong tệp có gì" }).click();
  await page.getByRole("checkbox", { name: "Giữ vị trí mạng của hộp này" }).check();
  await page.getByRole("button", { name: "Khôi phục", exact: true }).click();
  await heading(page, "Đã nhận bản sao lưu");
  await page.getByRole("button", { name: "Tiếp tục" }).click();
  await heading(page, "Đăng nhập");
  await close();
});

test("a box is reset by the school's name and one's password, and begins with its first run", async () => {
  const { page, close, expectedErrors } = await visit("/reset", { size: PHONE });
  expectedErrors.push(/422/, /401/);
  const name = page.getByRole("textbox", { name: "Gõ “THCS Nguyễn Trãi” để xác nhận" });
  const own = page.getByRole("textbox", { name: "Mật khẩu đăng nhập của thầy cô" });
  const yes = page.getByRole("button", { name: "Xóa hết và đặt lại như mới" });
  await name.fill("THCS khác");
  await own.fill(PASSWORD);
  await yes.click();
  await page.getByText("Hãy gõ đúng: THCS Nguyễn Trãi").waitFor();
  await name.fill("THCS Nguyễn Trãi");
  await own.fill("sai");
  await yes.click();
  await page.getByText("Tên hoặc mật khẩu chưa đúng.").waitFor();
  await own.fill(PASSWORD);
  await yes.click();
  await heading(page, "Đang đặt lại như mới");
  await page.getByRole("button", { name: "Tiếp tục" }).click();
  await heading(page, "Chào thầy cô");
  await close();
});

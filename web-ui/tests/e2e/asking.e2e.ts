// A teacher asks, an administrator answers, and both see it happen.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

test("what only the school opens is asked of the administrator, whose answer comes back by itself", async () => {
  const key = randomUUID();
  // The mock has one state for both, and whoever signed in last is whom it knows: so one after the other.
  const { page, close } = await visit("/blocks/phimmoi.example", { as: "lannt", size: PHONE, key });
  await heading(page, "phimmoi.example");
  await page.getByRole("button", { name: "Nhờ quản trị mở" }).click();
  const dialog = page.getByRole("dialog", { name: "Nhờ quản trị mở phimmoi.example" });
  await dialog.getByLabel("Vì sao cần mở").fill("Bài Ngữ văn 8: trích đoạn phim");
  await picture(page, "ask-admin-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Gửi" }).click();
  await page.getByText("Đã nhờ quản trị viên mở phimmoi.example.", { exact: false }).waitFor();
  await page.getByRole("navigation", { name: "Trang hay dùng" }).getByRole("link", { name: /Xin mở/ }).click();
  await page.getByText("Nguyễn Thị Lan nhờ: Bài Ngữ văn 8: trích đoạn phim").waitFor();
  await page.getByText("Đã chuyển quản trị viên").waitFor();
  await close();
});

test("an administrator opens what a teacher asked for, for good, and shuts it again", async () => {
  const { page, close } = await visit("/requests", { as: "admin", size: PHONE });
  await page.getByText("Vũ Quang Huy nhờ: Tiết Tin học 8", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Trả lời khác cho phimmoi.example" }).click();
  const dialog = page.getByRole("dialog", { name: "phimmoi.example" });
  await dialog.getByLabel("Lời nhắn cho thầy cô").fill("Mở cả học kỳ nhé.");
  await dialog.getByRole("button", { name: "Mở hẳn cho nhóm" }).click();
  const message = page.getByRole("status").filter({ hasText: "Đã mở phimmoi.example cho Học sinh tiểu học." });
  await message.getByRole("button", { name: "Đóng lại" }).click();
  await page.getByText("Đã đóng lại.").waitFor();
  await close();
});

test("a page says when the account has too many open to refresh by itself", async () => {
  const { page, close, expectedErrors } = await visit("/requests", { as: "admin", scenario: "busy" });
  expectedErrors.push(/429/);
  await page.getByText("trang này không tự cập nhật", { exact: false }).waitFor();
  await heading(page, "Xin mở");
  await close();
});

// The counsellor's inbox, with real encryption, on a phone.
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

const PASSPHRASE = "mot cau that de nho";

async function unlock(page: Page): Promise<void> {
  await heading(page, "Hòm thư");
  await page.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Mở hòm thư" }).click();
  await page.getByText("Con không muốn đi học nữa").waitFor();
}

// Whoever signs in next at this screen, the page never loaded anew, finds the inbox locked.
async function signInAgain(page: Page): Promise<void> {
  await heading(page, "Đăng nhập");
  await page.getByLabel("Tên đăng nhập").fill("tuvan");
  await page.getByRole("textbox", { name: "Mật khẩu" }).fill("mat-khau-thu-nghiem");
  await page.getByRole("button", { name: "Đăng nhập" }).click();
}

async function isLocked(page: Page): Promise<void> {
  await heading(page, "Hòm thư");
  await page.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).waitFor();
  expect(await page.getByText("Con không muốn đi học nữa").count()).toBe(0);
}

test("the counsellor reads with her passphrase, notes, and carries a sheet to 111", async () => {
  const { page, close } = await visit("/", { as: "tuvan", size: PHONE });
  await heading(page, "Tổng quan");
  await page.getByText("1 tin chưa ai xem").waitFor();
  await page.getByRole("link", { name: "Mở hòm thư" }).click();
  await heading(page, "Hòm thư");
  const passphrase = page.getByRole("textbox", { name: "Mật khẩu mở hòm thư" });
  await passphrase.fill("không phải câu này");
  await page.getByRole("button", { name: "Mở hòm thư" }).click();
  await page.getByText("Mật khẩu này không mở được hòm thư").waitFor();
  await passphrase.fill("mot cau that de nho");
  await page.getByRole("button", { name: "Mở hòm thư" }).click();
  const report = page.getByRole("article").filter({ hasText: "Bị bắt nạt" });
  await report.getByText("Con không muốn đi học nữa").waitFor();
  await report.getByText("Bạn ngồi bàn cuối, 8B").waitFor();
  // One of the others came in a crowd, and says so.
  await page.getByText("đến cùng nhiều tin khác từ một máy hoặc một mạng").waitFor();
  await picture(page, "reports-phone-light");
  expect(await accessibilityFaults(page)).toEqual([]);
  await report.getByRole("button", { name: "Đã xem" }).click();
  await report.getByLabel("Ghi chú").fill("Đã gọi cho mẹ em.");
  await report.getByRole("button", { name: "Lưu ghi chú" }).click();
  await report.getByText("Đã gọi cho mẹ em.").first().waitFor();
  await report.getByRole("link", { name: "Phiếu chuyển 111" }).click();
  await heading(page, "Phiếu chuyển 111");
  await page.getByText("Tổng đài quốc gia bảo vệ trẻ em: 111").waitFor();
  await page.getByText("Đã gọi cho mẹ em.").waitFor();
  await picture(page, "sheet-phone-light");
  expect(await accessibilityFaults(page)).toEqual([]);
  await close();
});

test("a new counsellor makes her key and writes the paper before anything is received", async () => {
  const { page, close } = await visit("/reports", { as: "tuvan", scenario: "empty", size: PHONE });
  await heading(page, "Hòm thư");
  await page.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill("một câu thật dễ nhớ");
  await page.getByRole("textbox", { name: "Nhập lại" }).fill("một câu thật dễ nhớ");
  await page.getByRole("button", { name: "Tạo khóa" }).click();
  const paper = page.getByTestId("paper-key");
  await paper.waitFor();
  const written = await paper.innerText();
  expect(written).toMatch(/^AGE-SECRET-KEY-1/);
  await picture(page, "reports-paper-phone-light");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("checkbox", { name: "Tôi đã in hoặc chép lại" }).check();
  await page.getByRole("button", { name: "Bắt đầu nhận tin" }).click();
  await page.getByText("Chưa có tin nào").waitFor();
  // What stands on the paper opens it, too.
  await page.getByRole("button", { name: "Khóa hòm thư" }).click();
  await page.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill(written);
  await page.getByRole("button", { name: "Mở hòm thư" }).click();
  await page.getByText("Chưa có tin nào").waitFor();
  await close();
});

test("signing out locks the inbox for whoever signs in next", async () => {
  const { page, close } = await visit("/reports", { as: "tuvan", size: PHONE });
  await unlock(page);
  await page.getByRole("link", { name: "Phạm Thu Hà" }).click();
  await page.getByRole("button", { name: "Đăng xuất" }).click();
  await signInAgain(page);
  await heading(page, "Tổng quan");
  await page.getByRole("link", { name: "Mở hòm thư" }).click();
  await isLocked(page);
  await close();
});

test("a session that ended locks the inbox, whether she reads or writes", async () => {
  for (const does of ["reads", "writes"]) {
    const { page, close, expectedErrors } = await visit("/reports", { as: "tuvan", size: PHONE });
    expectedErrors.push(/401/);
    await unlock(page);
    // It ends elsewhere: at the box, by another screen of hers.
    await page.evaluate("fetch('/api/v1/session', { method: 'DELETE', headers: { 'x-lachan': '1' } })");
    if (does === "reads") await page.getByRole("link", { name: "Cần lưu tâm" }).first().click();
    else await page.getByRole("button", { name: "Đã xem" }).first().click();
    await signInAgain(page);
    await page.getByRole("link", { name: "Hòm thư" }).first().click();
    await isLocked(page);
    await close();
  }
});

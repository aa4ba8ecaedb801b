// The counsellor's inbox, with real encryption, on a phone.
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

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

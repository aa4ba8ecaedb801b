// What an administrator does to the rules: groups, exceptions, services, and asking why.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, sticksOut, visit, withBrowser } from "./browser";

withBrowser();

test("two administrators change one group: both versions are shown, nothing is lost", async () => {
  const key = randomUUID();
  const first = await visit("/groups/2", { key });
  const second = await visit("/groups/2", { key });
  for (const { page } of [first, second]) await heading(page, "Phòng máy 1");
  await first.page.getByLabel("Tên nhóm").fill("Phòng Tin học");
  await first.page.getByRole("button", { name: "Lưu" }).click();
  await first.page.getByText("Đã lưu.").waitFor();
  await second.page.getByLabel("Dải địa chỉ").fill("10.9.0.0/24");
  await second.page.getByRole("button", { name: "Lưu" }).click();
  second.expectedErrors.push(/412/);
  const conflict = second.page.getByRole("alert").filter({ hasText: "Có người vừa đổi nhóm này" });
  await conflict.getByRole("cell", { name: "Phòng Tin học" }).waitFor();
  await conflict.getByRole("cell", { name: "10.9.0.0/24" }).waitFor();
  await picture(second.page, "group-conflict-desk");
  expect(await accessibilityFaults(second.page)).toEqual([]);
  await conflict.getByRole("button", { name: "Dùng bản vừa được lưu" }).click();
  expect(await second.page.getByLabel("Tên nhóm").inputValue()).toBe("Phòng Tin học");
  await first.close();
  await second.close();
});

test("a subnet that another group has is told while it is typed", async () => {
  const { page, close } = await visit("/groups/new");
  await page.getByLabel("Tên nhóm").fill("Phòng máy 2");
  await page.getByLabel("Dải địa chỉ").fill("10.2.0.0/16");
  await page.getByLabel("Địa chỉ MAC").focus();
  await page.getByText("10.2.0.0/16 đã thuộc nhóm Học sinh tiểu học.").waitFor();
  await page.getByLabel("Dải địa chỉ").fill("10.3.9.0/24");
  await page.getByRole("button", { name: "+ Giờ kiểm tra" }).click();
  await page.getByRole("button", { name: "Lưu" }).click();
  await page.getByText("Đã thêm nhóm Phòng máy 2.").waitFor();
  await page.getByRole("link", { name: "Phòng máy 2" }).waitFor();
  await close();
});

test("an exception is made from a pasted address, ended and taken back", async () => {
  const { page, close } = await visit("/exceptions", { size: PHONE });
  await page.getByLabel("Tên miền").fill("https://www.olm.vn/bai-tap?id=5");
  await page.getByLabel("Lý do").fill("Bài tập Toán");
  await page.getByRole("button", { name: "Thêm ngoại lệ" }).click();
  await page.getByText("Đã thêm ngoại lệ cho www.olm.vn.").waitFor();
  await page.getByRole("button", { name: "Kết thúc ngoại lệ cho www.olm.vn" }).click();
  await page.getByText("Đã kết thúc ngoại lệ cho www.olm.vn.").waitFor();
  await page.getByRole("button", { name: "Hoàn tác" }).last().click();
  await page.getByRole("button", { name: "Kết thúc ngoại lệ cho www.olm.vn" }).waitFor();
  await close();
});

test("a service is closed for all and put back", async () => {
  const { page, close } = await visit("/services?find=tiktok");
  await page.getByLabel("TikTok: mở hay chặn").selectOption({ label: "Luôn chặn" });
  await page.getByText("TikTok: Luôn chặn.").waitFor();
  await page.getByRole("button", { name: "Hoàn tác" }).click();
  await expect.poll(() => page.getByLabel("TikTok: mở hay chặn").inputValue()).toBe("default");
  await close();
});

test("why? answers for a group, with its steps", async () => {
  const { page, close } = await visit("/why");
  await page.getByLabel("Tên miền").fill("https://www.facebook.com/");
  await page.getByLabel("Tên miền").fill("facebook.com");
  await page.getByLabel("Nhóm", { exact: true }).selectOption({ label: "Lớp 9A" });
  await page.getByRole("button", { name: "Hỏi" }).click();
  await page.getByText("Từng bước dẫn đến quyết định").waitFor();
  await page.getByText("Lớp 9A · THCS").waitFor();
  expect(new URL(page.url()).search).toContain("facebook.com");
  await close();
});

test("a token is made, shown once, downloaded and taken back", async () => {
  const { page, close } = await visit("/groups/2", { size: PHONE });
  const tokens = page.getByRole("region", { name: "DNS mã hóa cho máy ngoài mạng trường" });
  await tokens.getByText("Nhóm này chưa có khóa nào.").waitFor();
  await tokens.getByText("DNS riêng tư của Android chỉ tin chứng chỉ công cộng.", { exact: false }).waitFor();
  await tokens.getByRole("button", { name: "Cấp khóa mới" }).click();
  await tokens.getByText("https://dns.truong.edu.vn/dns-query/abc0defghijklmno").waitFor();
  await tokens.getByRole("img", { name: "Mã QR của địa chỉ DNS qua HTTPS" }).waitFor();
  await picture(page, "token-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  const [file] = await Promise.all([page.waitForEvent("download"), tokens.getByRole("button", { name: "Tải hồ sơ cho iPhone, iPad, Mac" }).click()]);
  expect(file.suggestedFilename()).toBe("lachan-abc0.mobileconfig");
  await tokens.getByRole("button", { name: "Đã lưu lại, đóng" }).click();
  expect(await tokens.getByText("abc0defghijklmno").count()).toBe(0);
  await tokens.getByRole("button", { name: "Thu khóa abc0" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Thu khóa" }).click();
  await page.getByText("Đã thu khóa abc0….").waitFor();
  await tokens.getByText("Nhóm này chưa có khóa nào.").waitFor();
  await close();
});

test("a list is tried before it is used, and what it would hit is counted", async () => {
  const { page, expectedErrors, close } = await visit("/lists", { size: PHONE });
  await page.getByRole("link", { name: "Thử trước một danh sách" }).click();
  await heading(page, "Thử trước một danh sách");
  await page.getByLabel("Danh sách này chặn loại nội dung nào?").selectOption({ label: "Cờ bạc, cá độ, lô đề" });
  await page.getByLabel("Nội dung danh sách").fill("không-phải-tên");
  expectedErrors.push(/422/);
  await page.getByRole("button", { name: "Thử", exact: true }).click();
  await page.getByText("không có dòng nào dùng được; hãy xem lại định dạng").waitFor();
  await page.getByLabel("Nội dung danh sách").fill("baomoi.vn\nzalo.me\nnhacai.example\nhỏng!");
  await page.getByRole("button", { name: "Thử", exact: true }).click();
  const effect = page.getByRole("region", { name: "Nếu dùng danh sách này" });
  await effect.getByText("m.baomoi.vn").waitFor();
  await effect.getByText("Việt Nam · theo dòng baomoi.vn").waitFor();
  await effect.getByText("zalo.me", { exact: true }).waitFor();
  await effect.getByText("Những dòng không dùng được (1)").click();
  await effect.getByText("Dòng 4: không phải tên miền").waitFor();
  // Nothing is counted unless somebody wants it.
  expect(await page.getByRole("region", { name: "Đang đếm" }).count()).toBe(0);
  await page.getByRole("checkbox", { name: /^Đếm từ bây giờ/ }).check();
  await page.getByRole("button", { name: "Thử", exact: true }).click();
  const count = page.getByRole("region", { name: "Đang đếm" });
  await count.getByText("2 trong 3 tên").waitFor();
  await count.getByText("ít nhất 35 máy").waitFor();
  await picture(page, "trial-phone-counting");
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await sticksOut(page)).toBeLessThanOrEqual(0);
  await count.getByRole("button", { name: "Dừng đếm" }).click();
  await page.getByText("Đã dừng đếm và quên số đã đếm.").waitFor();
  expect(await count.count()).toBe(0);
  await close();
});

test("safe search is checked for a group: green, red, and what was not answered", async () => {
  const { page, close } = await visit("/tiers", { size: PHONE });
  await page.getByRole("link", { name: "Tìm kiếm an toàn" }).click();
  await heading(page, "Tìm kiếm an toàn");
  const check = page.getByRole("region", { name: "Kiểm tra ngay" });
  // The mock's box answers for a group as the table wants it, and for devices in none it does not.
  await check.getByRole("button", { name: "Kiểm tra" }).click();
  await check.getByText("Có công cụ vòng qua được dạng an toàn.", { exact: false }).waitFor();
  const google = check.getByRole("listitem").filter({ hasText: "Google Tìm kiếm" }).first();
  await google.getByText("Bản ghi HTTPS: Không an toàn (3 tên miền, chẳng hạn www.google.com)").waitFor();
  await picture(page, "safe-search-phone-red");
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await sticksOut(page)).toBeLessThanOrEqual(0);
  await check.getByLabel("Nhóm").selectOption({ label: "Lớp 9A" });
  expect(await check.getByRole("status").count()).toBe(0);
  await check.getByRole("button", { name: "Kiểm tra" }).click();
  await check.getByText("Mọi công cụ đều trả lời đúng như bảng cấp học muốn.").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await picture(page, "safe-search-phone-green");
  await close();
});

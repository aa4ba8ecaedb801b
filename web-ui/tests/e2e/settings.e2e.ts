// What an administrator does to the box's settings: school, network, the file, and a change that goes back by itself.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, sticksOut, visit, withBrowser } from "./browser";

withBrowser();

test("the school's name and a place of help are saved and taken back", async () => {
  const { page, close } = await visit("/school", { size: PHONE });
  await heading(page, "Trường");
  await page.getByLabel("Tên trường").fill("THCS Trần Phú");
  await page.getByRole("button", { name: "Thêm nơi giúp đỡ" }).click();
  await page.getByRole("group", { name: "Nơi 2" }).getByLabel("Ai, ở đâu").fill("Trạm y tế xã");
  await page.getByRole("textbox", { name: "Thứ hai đến thứ bảy" }).fill("07:15-08:00\n08:05-08:50");
  await page.getByRole("button", { name: "Lưu" }).click();
  await page.getByText("Đã lưu và đang dùng.").waitFor();
  await page.getByRole("button", { name: "Hoàn tác" }).click();
  await page.getByText("Đã trở về cài đặt trước.").waitFor();
  await expect.poll(() => page.getByLabel("Tên trường").inputValue()).toBe("THCS Nguyễn Trãi");
  await close();
});

test("two administrators change one part: both versions are shown; another part is in nobody's way", async () => {
  const key = randomUUID();
  const first = await visit("/network", { key });
  const second = await visit("/network", { key });
  for (const { page } of [first, second]) await heading(page, "Mạng");
  const dns = (visited: typeof first) => visited.page.getByRole("region", { name: "Hỏi tên miền ở đâu" });
  const dhcp = second.page.getByRole("region", { name: "Cấp địa chỉ cho máy (DHCP)" });
  await dns(first).getByLabel("Máy chủ DNS cấp trên").fill("9.9.9.9");
  await dns(first).getByRole("button", { name: "Lưu" }).click();
  await first.page.getByText("Đã lưu và đang dùng.").waitFor();
  // The file is another one by now, but not this part of it.
  second.expectedErrors.push(/412/);
  await dhcp.getByLabel("Giữ địa chỉ trong").fill("6h");
  await dhcp.getByRole("button", { name: "Lưu" }).click();
  await second.page.getByText("Đã lưu và đang dùng.").waitFor();
  await dns(first).getByLabel("Máy chủ DNS cấp trên").fill("1.0.0.1");
  await dns(second).getByLabel("Máy chủ DNS cấp trên").fill("8.8.8.8");
  await dns(second).getByRole("button", { name: "Lưu" }).click();
  await second.page.getByText("Đã lưu và đang dùng.").nth(1).waitFor();
  first.expectedErrors.push(/412/);
  await dns(first).getByRole("button", { name: "Lưu" }).click();
  const conflict = first.page.getByRole("alert").filter({ hasText: "Có người vừa đổi phần này" });
  await conflict.getByRole("cell", { name: "8.8.8.8" }).waitFor();
  await picture(first.page, "settings-conflict-desk");
  expect(await accessibilityFaults(first.page)).toEqual([]);
  await conflict.getByRole("button", { name: "Lưu bản của tôi" }).click();
  await conflict.waitFor({ state: "detached" });
  expect(await dns(first).getByLabel("Máy chủ DNS cấp trên").inputValue()).toBe("1.0.0.1");
  await first.close();
  await second.close();
});

test("a wrong value is told at its field, and upstreams are tried before they are saved", async () => {
  const { page, close, expectedErrors } = await visit("/network");
  expectedErrors.push(/422/);
  const dns = page.getByRole("region", { name: "Hỏi tên miền ở đâu" });
  await dns.getByRole("button", { name: "Thử các máy này" }).click();
  await dns.getByText("203.162.4.191 trả lời sau 12 ms").waitFor();
  await dns.getByLabel("Máy chủ DNS cấp trên").fill("192.0.2.300");
  await dns.getByRole("button", { name: "Lưu" }).click();
  await dns.getByText("“192.0.2.300” không phải địa chỉ").waitFor();
  // What stands elsewhere in the file is told, too.
  const place = page.getByRole("region", { name: "Chỗ đứng của hộp" });
  await place.getByLabel("Vị trí").selectOption({ label: "Chỉ DNS" });
  await place.getByRole("button", { name: "Lưu" }).click();
  await place.getByText("chỉ dùng được khi hộp là cửa ngõ").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await close();
});

test("a change of the network waits to be kept, with a countdown on every page", async () => {
  const { page, close, expectedErrors } = await visit("/network", { size: PHONE });
  const place = page.getByRole("region", { name: "Chỗ đứng của hộp" });
  await place.getByRole("checkbox", { name: /wlan0: chưa có địa chỉ · không có tín hiệu/ }).check();
  await place.getByRole("button", { name: "Lưu" }).click();
  const waits = page.getByRole("alert").filter({ hasText: "Thay đổi đang chờ xác nhận" });
  await waits.getByText(/Còn 1[0-9][0-9] giây/).waitFor();
  await picture(page, "settings-pending-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.goto(new URL("/school", page.url()).href);
  await heading(page, "Trường");
  // Nothing else is changed meanwhile.
  expectedErrors.push(/409/);
  await page.getByLabel("Tên trường").fill("Khác");
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await page.getByText("Đang có một thay đổi chờ xác nhận").waitFor();
  await waits.getByRole("button", { name: "Giữ thay đổi này" }).click();
  await page.getByText("Đã giữ thay đổi.").waitFor();
  await waits.waitFor({ state: "detached" });
  await close();
});

test("what the box put back by itself is told until somebody has read it", async () => {
  const { page, close, expectedErrors } = await visit("/", { scenario: "busy", size: PHONE });
  // Live views are full in this scenario.
  expectedErrors.push(/429/);
  await page.getByText("Hộp đã tự trở về cài đặt trước, vì không khởi động được với cài đặt mới").waitFor();
  await page.goto(new URL("/network", page.url()).href);
  const back = page.getByRole("region", { name: "Hộp đã tự trở về cài đặt trước" });
  await back.getByText("Người đổi: Trần Văn Minh (admin)", { exact: false }).waitFor();
  await back.getByText("resolver.listen, web.listen", { exact: false }).waitFor();
  await back.getByText("cổng đã có chương trình khác dùng", { exact: false }).waitFor();
  await picture(page, "went-back-phone");
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await sticksOut(page)).toBeLessThanOrEqual(0);
  await back.getByRole("button", { name: "Đã đọc" }).click();
  await back.waitFor({ state: "detached" });
  await page.goto(new URL("/", page.url()).href);
  await heading(page, "Tổng quan");
  expect(await page.getByText("Hộp đã tự trở về cài đặt trước", { exact: false }).count()).toBe(0);
  await close();
});

test("a change of the network is taken back at once", async () => {
  const { page, close } = await visit("/network");
  const place = page.getByRole("region", { name: "Chỗ đứng của hộp" });
  await place.getByRole("checkbox", { name: /wlan0/ }).check();
  await place.getByRole("button", { name: "Lưu" }).click();
  await page.getByRole("button", { name: "Trở về ngay" }).click();
  await page.getByText("Đã trở về cài đặt trước.").waitFor();
  await expect.poll(() => place.getByRole("checkbox", { name: /wlan0/ }).isChecked()).toBe(false);
  await close();
});

test("the file shows mistakes at their lines and is saved when they are mended", async () => {
  const { page, close, expectedErrors } = await visit("/settings");
  const text = page.getByLabel("Nội dung tệp");
  const before = await text.inputValue();
  await text.fill(before.replace('#level = "info"', 'level = "loud"'));
  await page.getByText("log.level:").waitFor();
  await page.getByRole("button", { name: "Dòng 17" }).click();
  expect(await text.evaluate((area) => (area as unknown as { selectionStart: number }).selectionStart)).toBe(before.indexOf('#level'));
  expect(await accessibilityFaults(page)).toEqual([]);
  expectedErrors.push(/422/);
  await page.getByRole("button", { name: "Lưu" }).click();
  await page.getByRole("alert").filter({ hasText: "Có mục chưa hợp lệ" }).waitFor();
  await text.fill(before.replace('#level = "info"', 'level = "warn"'));
  await page.getByText("Không có lỗi.").waitFor();
  await page.getByRole("button", { name: "Lưu" }).click();
  await page.getByText("Đã lưu và đang dùng.").waitFor();
  await page.getByRole("button", { name: "Trở về bản trước" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Trở về bản trước" }).click();
  await page.getByText("Đã trở về cài đặt trước.").waitFor();
  await expect.poll(() => text.inputValue()).toBe(before);
  await close();
});

test("two with one file: what was typed is kept until somebody chooses", async () => {
  const key = randomUUID();
  const first = await visit("/settings", { key });
  const second = await visit("/settings", { key });
  const add = async ({ page }: typeof first, line: string) => {
    const text = page.getByLabel("Nội dung tệp");
    await text.fill(`${await text.inputValue()}${line}\n`);
    await page.getByRole("button", { name: "Lưu" }).click();
  };
  await second.page.getByLabel("Nội dung tệp").waitFor();
  await add(first, "# một");
  await first.page.getByText("Đã lưu và đang dùng.").waitFor();
  second.expectedErrors.push(/412/);
  await add(second, "# hai");
  const conflict = second.page.getByRole("alert").filter({ hasText: "Tệp vừa được người khác đổi" });
  await conflict.waitFor();
  expect(await second.page.getByLabel("Nội dung tệp").inputValue()).toContain("# hai");
  await conflict.getByRole("button", { name: "Đọc lại tệp" }).click();
  await expect.poll(() => second.page.getByLabel("Nội dung tệp").inputValue()).toContain("# một");
  await first.close();
  await second.close();
});

test("the wizard sets the school's name", async () => {
  const { page, close } = await visit("/wizard", { scenario: "empty" });
  await page.getByRole("textbox", { name: "Tên trường" }).fill("THPT Chu Văn An");
  await page.getByRole("button", { name: "Lưu tên trường" }).click();
  await page.getByText("Đã lưu và đang dùng.").waitFor();
  await close();
});

test("a certificate is uploaded, what is wrong is told at its field, and the key is forgotten", async () => {
  const { page, close, expectedErrors } = await visit("/certificates", { size: PHONE });
  const web = page.getByRole("region", { name: "Trang quản trị này" });
  await web.getByText("Hộp tự làm", { exact: false }).waitFor();
  await web.getByText("Tải chứng chỉ lên").click();
  await web.getByLabel("Chứng chỉ và chuỗi (PEM)").fill("-----BEGIN CERTIFICATE-----");
  await web.getByLabel("Khóa riêng (PEM, không mật khẩu)").fill("x");
  expectedErrors.push(/422/);
  await web.getByRole("button", { name: "Dùng chứng chỉ này" }).click();
  await web.getByText("Tệp không có khóa riêng.").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await web.getByLabel("Khóa riêng (PEM, không mật khẩu)").fill("-----BEGIN PRIVATE KEY-----");
  await web.getByRole("button", { name: "Dùng chứng chỉ này" }).click();
  await page.getByText("Đã nhận chứng chỉ, khóa được cất riêng.").waitFor();
  await web.getByText("loc.truong.edu.vn").waitFor();
  expect(await page.content()).not.toContain("BEGIN PRIVATE KEY");
  await web.getByRole("button", { name: "Dùng lại chứng chỉ của hộp" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Dùng lại chứng chỉ của hộp" }).click();
  await page.getByText("Trang dùng lại chứng chỉ của hộp.").waitFor();
  const link = page.getByRole("link", { name: "Windows: lệnh cài" });
  expect(await link.getAttribute("href")).toBe("/api/v1/certificates/inspection/windows");
  await close();
});

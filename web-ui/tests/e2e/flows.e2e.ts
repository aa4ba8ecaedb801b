// What people come for every day, from the first tap to the last, on the screen they use for it.
import { expect, test } from "vitest";
import { accessibilityFaults, heading, PHONE, picture, visit, withBrowser } from "./browser";

withBrowser();

const PASSWORD = "mat-khau-thu-nghiem";

test("the owner of a new box makes the first account and sets the school up", async () => {
  const { page, close, expectedErrors } = await visit("/", { scenario: "setup", as: "-", size: PHONE });
  await heading(page, "Chào thầy cô");
  await page.getByRole("textbox", { name: "Mã cài đặt" }).fill("SAI-MA");
  await page.getByLabel("Họ và tên").fill("Trần Văn Minh");
  await page.getByLabel("Tên đăng nhập").fill("minh");
  await page.getByLabel("Mật khẩu mới").fill("một câu thật dài");
  await page.getByRole("button", { name: "Tạo tài khoản và bắt đầu" }).click();
  await page.getByText("Mã cài đặt chưa đúng.").waitFor();
  expectedErrors.push(/403/);
  await page.getByRole("textbox", { name: "Mã cài đặt" }).fill("LACHAN-2026");
  await page.getByRole("button", { name: "Tạo tài khoản và bắt đầu" }).click();
  await heading(page, "Trường của thầy cô");
  await page.getByRole("checkbox", { name: "THCS" }).check();
  await page.getByRole("button", { name: "Tiếp theo" }).click();
  await heading(page, "Các nhóm");
  const pupils = page.getByRole("form", { name: "THCS" });
  expect(await pupils.getByLabel("Dải địa chỉ").inputValue()).toBe("127.0.0.0/24");
  await pupils.getByRole("button", { name: "Tạo nhóm này" }).click();
  await page.getByText("Đã có").waitFor();
  await page.getByRole("button", { name: "Tiếp theo" }).click();
  await heading(page, "Hộp trong mạng của trường");
  await page.getByRole("button", { name: "Tiếp theo" }).click();
  await heading(page, "Thử bộ lọc");
  await page.getByRole("list", { name: "Các nhóm" }).getByText("Chặn").waitFor();
  await page.getByRole("radio", { name: "Không tìm thấy trang" }).check();
  await page.getByText("Máy này chưa đi qua bộ lọc").waitFor();
  await page.getByRole("button", { name: "Tiếp theo" }).click();
  await heading(page, "Tờ cất trong ngăn kéo");
  await page.getByRole("button", { name: "Xong" }).click();
  await heading(page, "Tổng quan");
  await close();
});

test("signing in asks for the second step, keeps the page that was wanted, and waits when told to", async () => {
  const { page, close, expectedErrors } = await visit("/blocks?category=social", { as: "-", size: PHONE });
  expectedErrors.push(/401/, /429/);
  await heading(page, "Đăng nhập");
  const name = page.getByLabel("Tên đăng nhập");
  const password = page.getByRole("textbox", { name: "Mật khẩu" });
  const submit = page.getByRole("button", { name: "Đăng nhập" });
  await name.fill("khoa");
  await password.fill("x");
  await submit.click();
  await page.getByText("Vui lòng đợi 60 giây").waitFor();
  await name.fill("admin");
  await password.fill("sai");
  await submit.click();
  await page.getByText("Tên hoặc mật khẩu chưa đúng.").waitFor();
  await password.fill(PASSWORD);
  await submit.click();
  await page.getByLabel("Mã sáu số").fill("000000");
  await submit.click();
  await page.getByText("Mã chưa đúng.").waitFor();
  await page.getByLabel("Mã sáu số").fill("123456");
  await submit.click();
  await heading(page, "Đã chặn");
  expect(new URL(page.url()).search).toBe("?category=social");
  await page.getByRole("link", { name: "Trần Văn Minh" }).click();
  await page.getByRole("button", { name: "Đăng xuất" }).click();
  await heading(page, "Đăng nhập");
  await close();
});

test("a teacher answers a request on her phone in two taps, and can shut it again", async () => {
  const { page, close } = await visit("/", { as: "lannt", size: PHONE });
  await page.getByRole("navigation", { name: "Trang hay dùng" }).getByRole("link", { name: /Xin mở/ }).click();
  await page.getByRole("button", { name: "Mở đến hết tiết: chatgpt.com, Phòng máy 1" }).click();
  const message = page.getByRole("status").filter({ hasText: "Đã mở chatgpt.com cho Phòng máy 1." });
  await message.waitFor();
  await picture(page, "request-answered-phone");
  await message.getByRole("button", { name: "Đóng lại" }).click();
  await page.getByText("Đã đóng lại.").waitFor();
  await page.getByRole("link", { name: "Đang mở" }).click();
  await page.getByText("YouTube (ứng dụng)").waitFor();
  expect(await page.getByText("chatgpt.com").count()).toBe(0);
  await close();
});

test("a request is refused with a kind word, or handed to the administrator", async () => {
  const { page, close } = await visit("/requests", { as: "lannt", size: PHONE });
  await page.getByRole("button", { name: "Trả lời khác cho roblox.com" }).click();
  const dialog = page.getByRole("dialog", { name: "roblox.com" });
  await dialog.getByLabel("Lời nhắn cho em").fill("Giờ ra chơi em nhé.");
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Chưa mở" }).click();
  await page.getByText("Đã trả lời: chưa mở roblox.com.").waitFor();
  await page.getByRole("button", { name: "Trả lời khác cho chatgpt.com" }).click();
  await page.getByRole("button", { name: "Chuyển quản trị viên" }).click();
  await page.getByText("Đã chuyển chatgpt.com cho quản trị viên.").waitFor();
  await page.getByText("Đã trả lời", { exact: true }).click();
  await page.getByText("Lời nhắn: Giờ ra chơi em nhé.").waitFor();
  await close();
});

test("a teacher opens a blocked site for her lesson and takes it back", async () => {
  const { page, close } = await visit("/blocks", { as: "lannt", size: PHONE });
  await page.getByRole("link", { name: "tiktok.com" }).first().click();
  await heading(page, "tiktok.com");
  await page.getByRole("button", { name: "Mở cho tiết này" }).click();
  await page.getByRole("dialog", { name: "Mở tiktok.com" }).getByRole("button", { name: "Mở" }).click();
  await page.getByText("Đã mở tiktok.com cho Phòng máy 1.").waitFor();
  await page.getByRole("button", { name: "Hoàn tác" }).click();
  await page.getByRole("link", { name: "Đang mở" }).click();
  await page.getByText("YouTube (ứng dụng)").waitFor();
  expect(await page.getByText("tiktok.com").count()).toBe(0);
  await close();
});

test("what is locked says why and offers no button", async () => {
  const { page, close } = await visit("/blocks/fb88.com", { as: "lannt", size: PHONE });
  await page.getByText("Trang này vẫn đóng").waitFor();
  await page.getByText("trường và thầy cô không mở được", { exact: false }).waitFor();
  expect(await page.getByRole("button", { name: "Mở cho tiết này" }).count()).toBe(0);
  await close();
});

test("a pass that was ended by mistake is opened again", async () => {
  const { page, close } = await visit("/passes", { as: "lannt" });
  await page.getByRole("button", { name: "Kết thúc YouTube (ứng dụng) cho Phòng máy 1" }).click();
  await page.getByText("Không có gì đang mở riêng").waitFor();
  await page.getByRole("button", { name: "Hoàn tác" }).click();
  await page.getByRole("button", { name: "Kết thúc YouTube (ứng dụng) cho Phòng máy 1" }).waitFor();
  await page.getByRole("button", { name: "Tạo mã" }).click();
  await page.getByText("402917").waitFor();
  await page.getByText("Chưa dùng").waitFor();
  await close();
});

test("filters of the blocks stand in the address, and going back undoes the page", async () => {
  const { page, close } = await visit("/blocks", { as: "lannt" });
  await page.getByLabel("Loại nội dung").selectOption({ label: "Mạng xã hội" });
  await page.waitForURL(/category=social/);
  await page.getByRole("link", { name: "facebook.com" }).first().click();
  await heading(page, "facebook.com");
  await page.goBack();
  await heading(page, "Đã chặn");
  expect(await page.getByLabel("Loại nội dung").inputValue()).toBe("social");
  await page.getByRole("button", { name: "Bỏ lọc" }).click();
  await page.getByText("Đang hiện 12 dòng").waitFor();
  await page.getByRole("button", { name: "Xem thêm" }).click();
  await page.getByText("Đang hiện 20 dòng").waitFor();
  await close();
});

test("a principal sees counts of blocks and no names", async () => {
  const { page, close } = await visit("/blocks", { as: "hieutruong" });
  await page.getByRole("list", { name: "Đã chặn" }).getByText("Mạng xã hội").first().waitFor();
  expect(await page.getByText("facebook.com").count()).toBe(0);
  await close();
});

test("a new account's password is shown once, and its owner must change it first", async () => {
  const { page, close } = await visit("/accounts");
  await page.getByRole("button", { name: "Thêm tài khoản" }).click();
  await page.getByLabel("Họ và tên").fill("Đỗ Thị Mai");
  await page.getByLabel("Tên đăng nhập").fill("mai.dt");
  await page.getByRole("checkbox", { name: "Phòng máy 1" }).check();
  await page.getByRole("button", { name: "Lưu" }).click();
  await page.getByText("cam-xoai-buoi-mit").waitFor();
  await picture(page, "account-made-desk");
  await page.getByRole("button", { name: "Đã ghi lại" }).click();
  expect(await page.getByText("cam-xoai-buoi-mit").count()).toBe(0);
  await page.getByRole("button", { name: "Xóa tài khoản Đỗ Thị Mai" }).click();
  const question = page.getByRole("dialog", { name: "Xóa tài khoản Đỗ Thị Mai" });
  expect(await accessibilityFaults(page)).toEqual([]);
  await question.getByRole("button", { name: "Xóa" }).click();
  await expect.poll(() => page.getByText("mai.dt").count()).toBe(0);
  await close();

  const fresh = await visit("/requests", { as: "moi", size: PHONE });
  await heading(fresh.page, "Tài khoản của tôi");
  await fresh.page.getByLabel("Mật khẩu hiện nay").fill(PASSWORD);
  await fresh.page.getByLabel("Mật khẩu mới").fill("hoa gạo nở tháng ba");
  await fresh.page.getByRole("button", { name: "Đổi mật khẩu" }).click();
  await fresh.page.getByText("Đã đổi mật khẩu.").waitFor();
  await fresh.page.getByRole("link", { name: /Xin mở/ }).click();
  await heading(fresh.page, "Xin mở");
  await fresh.close();
});

test("two-step sign-in is switched on with a QR code and off with the password", async () => {
  const { page, close } = await visit("/account", { as: "lannt", size: PHONE });
  await page.getByRole("button", { name: "Bắt đầu" }).click();
  await page.getByRole("img", { name: "Mã QR cho ứng dụng xác thực" }).waitFor();
  await page.getByLabel("Mã sáu số").fill("123456");
  expect(await accessibilityFaults(page)).toEqual([]);
  await picture(page, "totp-phone");
  await page.getByRole("button", { name: "Bật", exact: true }).click();
  await page.getByText("Đã bật xác thực hai bước.").waitFor();
  await page.getByRole("textbox", { name: "Mật khẩu", exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Tắt xác thực hai bước" }).click();
  await page.getByRole("button", { name: "Bắt đầu" }).waitFor();
  await close();
});

test("everything is there in English, and the choice is kept", async () => {
  const { page, close } = await visit("/account", { as: "lannt" });
  await page.getByRole("button", { name: "English" }).click();
  await heading(page, "My account");
  await page.reload();
  await heading(page, "My account");
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await page.getByRole("link", { name: "Overview" }).click();
  await heading(page, "Overview");
  await picture(page, "overview-english-desk");
  expect(await accessibilityFaults(page)).toEqual([]);
  await close();
});

test("dark mode is chosen by hand and kept", async () => {
  const { page, close } = await visit("/account", { as: "lannt", colorScheme: "light" });
  await page.getByRole("button", { name: "Tối" }).click();
  await page.reload();
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  await close();
});

test("a box that does not answer is said so, with a way to try again", async () => {
  const { page, close, expectedErrors } = await visit("/lists", { scenario: "down" });
  expectedErrors.push(/503/);
  await page.getByRole("alert").filter({ hasText: "Hộp đang bận." }).waitFor();
  await page.getByRole("button", { name: "Thử lại" }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await close();
});

test("a device that believes to be offline reaches the box all the same", async () => {
  const { page, close } = await visit("/requests", { as: "lannt", size: PHONE });
  await heading(page, "Xin mở");
  await page.evaluate("window.dispatchEvent(new Event('offline'))");
  await page.getByRole("link", { name: "Đang mở" }).click();
  await page.getByText("YouTube (ứng dụng)").waitFor();
  await page.getByRole("button", { name: "Kết thúc YouTube (ứng dụng) cho Phòng máy 1" }).click();
  await page.getByText("Không có gì đang mở riêng").waitFor();
  await close();
});

test("the keyboard reaches the content first, and a dialog gives the focus back", async () => {
  const { page, close } = await visit("/accounts");
  await heading(page, "Tài khoản");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Đến nội dung chính");
  const remove = page.getByRole("button", { name: "Xóa tài khoản Lê Thị Hạnh" });
  await remove.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  // The dialog takes the focus once it stands; nobody is quicker than that.
  const cancel = page.getByRole("dialog").getByRole("button", { name: "Thôi" });
  await expect.poll(() => cancel.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => remove.evaluate((button) => button === document.activeElement)).toBe(true);
  await close();
});

test("what a device of no group asks for cannot be opened, and the page says what to do", async () => {
  const { page, close } = await visit("/requests", { size: PHONE });
  await heading(page, "Xin mở");
  await page.getByText("scratch.mit.edu").waitFor();
  await page.getByText("Máy này chưa thuộc nhóm nào nên chưa mở riêng được.").waitFor();
  expect(await page.getByRole("button", { name: /^Mở đến hết tiết: scratch/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Trả lời khác cho scratch.mit.edu" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Chưa mở" }).waitFor();
  expect(await dialog.getByRole("button", { name: "Mở", exact: true }).count()).toBe(0);
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Chưa mở" }).click();
  await page.getByText("Đã trả lời: chưa mở scratch.mit.edu.").waitFor();
  await close();
});

// A school's first day with a real box: its DNS, its proxy, its database, and the people at their screens.
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box, forget, lachan, makePlace, type Place, startNames, startSite, writeSettings } from "./box";
import { heading, openBrowser, PHONE, picture } from "./people";

const SITE = "zalo.me";
const STORY = "Có người lạ nhắn tin hỏi nhà em ở đâu.";
const PASSWORD = { admin: "sáng nay trời đổ mưa rào", teacher: "hoa gạo nở tháng ba", counsellor: "lắng nghe là chính" };
const PASSPHRASE = "một câu thật dễ nhớ";

const people = openBrowser();
let names: Awaited<ReturnType<typeof startNames>>;
let site: Awaited<ReturnType<typeof startSite>>;
let place: Place;
let box: Box;

beforeAll(async () => {
  [names, site] = await Promise.all([startNames(), startSite()]);
  place = await makePlace(names.port);
  box = await Box.start(place);
}, 120_000);

afterAll(async () => {
  await box.stop();
  names.stop();
  site.stop();
  forget(place);
});

const url = (of: Place) => `https://127.0.0.1:${String(of.web)}/`;

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Tên đăng nhập").fill(name);
  await page.getByRole("textbox", { name: "Mật khẩu" }).fill(password);
  await page.getByRole("button", { name: "Đăng nhập" }).click();
}

// Makes an account and gives its one-time password.
async function addAccount(admin: Page, display: string, name: string, role: string, group?: string): Promise<string> {
  await admin.goto(`${url(place)}accounts`);
  await admin.getByRole("button", { name: "Thêm tài khoản" }).click();
  await admin.getByLabel("Họ và tên").fill(display);
  await admin.getByLabel("Tên đăng nhập").fill(name);
  await admin.getByLabel("Vai trò").selectOption({ label: role });
  if (group !== undefined) await admin.getByRole("checkbox", { name: group }).check();
  await admin.getByRole("button", { name: "Lưu" }).click();
  const shown = admin.getByRole("alert").locator("code");
  await shown.waitFor();
  const password = (await shown.innerText()).trim();
  await admin.getByRole("button", { name: "Đã ghi lại" }).click();
  return password;
}

// Signs in for the first time, which asks for a password of one's own.
async function begin(page: Page, name: string, once: string, own: string): Promise<void> {
  await page.goto(url(place));
  await signIn(page, name, once);
  await heading(page, "Tài khoản của tôi");
  await page.getByLabel("Mật khẩu hiện nay").fill(once);
  await page.getByLabel("Mật khẩu mới").fill(own);
  await page.getByRole("button", { name: "Đổi mật khẩu" }).click();
  await page.getByText("Đã đổi mật khẩu.").waitFor();
}

// Has a lesson end at the next full minute that leaves time enough. Gives the milliseconds until then.
function ringSoon(): number {
  const zone = { timeZone: "Asia/Ho_Chi_Minh", hour12: false, hour: "2-digit", minute: "2-digit" } as const;
  const clock = (at: number) => new Intl.DateTimeFormat("en-GB", zone).format(new Date(at));
  const now = Date.now();
  const end = (Math.floor(now / 60_000) + (now % 60_000 > 25_000 ? 2 : 1)) * 60_000;
  const lessons = `["${clock(now - 10 * 60_000)}-${clock(end)}"]`;
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  writeSettings(place, names.port, `[school.bells]\n${days.map((day) => `${day} = ${lessons}`).join("\n")}\n`);
  lachan(place, "reload");
  return end - now;
}

test("from the first-run code to the bell", async () => {
  const admin = await people.open(PHONE);
  await admin.goto(url(place));
  await heading(admin, "Chào thầy cô");
  await admin.getByRole("textbox", { name: "Mã lần đầu" }).fill(box.firstRunCode);
  await admin.getByLabel("Họ và tên").fill("Trần Văn Minh");
  await admin.getByLabel("Tên đăng nhập").fill("minh");
  await admin.getByLabel("Mật khẩu mới").fill(PASSWORD.admin);
  await admin.getByRole("button", { name: "Tạo tài khoản và bắt đầu" }).click();
  await heading(admin, "Trường của thầy cô");
  // The name of the school is taken up by another start, which the page waits for.
  await admin.getByRole("textbox", { name: "Tên trường" }).fill("THCS Trần Phú");
  await admin.getByRole("button", { name: "Lưu tên trường" }).click();
  await admin.getByText("Đã lưu; bộ lọc đã khởi động lại với cài đặt mới.").waitFor();
  await admin.getByRole("banner").getByText("THCS Trần Phú").waitFor();
  await admin.getByRole("checkbox", { name: "THCS" }).check();
  await admin.getByRole("button", { name: "Tiếp theo" }).click();
  await heading(admin, "Các nhóm");
  const pupils = admin.getByRole("form", { name: "THCS" });
  await pupils.getByLabel("Dải địa chỉ").fill("127.0.0.1/32");
  await pupils.getByRole("button", { name: "Tạo nhóm này" }).click();
  await admin.getByText("Đã có").waitFor();
  await picture(admin, "box-wizard-groups");

  const group = "Học sinh THCS";
  const teacher = await people.open(PHONE);
  await begin(teacher, "lan", await addAccount(admin, "Nguyễn Thị Lan", "lan", "Giáo viên", group), PASSWORD.teacher);

  const ms = ringSoon();
  const pupil = await people.open(PHONE, place.proxy);
  await pupil.goto(`http://${SITE}:${String(site.port)}/`);
  await pupil.getByRole("heading", { level: 1, name: "Trang này không mở ở trường" }).waitFor();
  await picture(pupil, "box-pupil-blocked");
  await pupil.getByRole("link", { name: "Xin mở trang" }).click();
  await pupil.getByRole("button", { name: "Gửi lời xin" }).click();
  await pupil.getByRole("heading", { level: 1, name: "Đã gửi lời xin mở trang" }).waitFor();
  await picture(pupil, "box-pupil-asked");

  await teacher.goto(`${url(place)}requests`);
  await teacher.getByText(SITE).first().waitFor();
  await picture(teacher, "box-teacher-requests");
  await teacher.getByRole("button", { name: new RegExp(`^Mở đến hết tiết: ${SITE}`) }).click();
  await teacher.getByText("Không có yêu cầu nào đang chờ").waitFor();

  await pupil.reload();
  await pupil.getByRole("heading", { level: 1, name: "Trang đã được mở" }).waitFor();
  await picture(pupil, "box-pupil-opened");
  await pupil.goto(`http://${SITE}:${String(site.port)}/`);
  await pupil.getByRole("heading", { name: "Bài giảng của cô" }).waitFor();

  // The bell rings.
  await new Promise((resolve) => setTimeout(resolve, ms));
  await expect
    .poll(
      async () => {
        await pupil.goto(`http://${SITE}:${String(site.port)}/`);
        return pupil.getByRole("heading", { level: 1 }).innerText();
      },
      { timeout: 60_000, interval: 1000 },
    )
    .toBe("Trang này không mở ở trường");
}, 300_000);

test("what a pupil tells reaches the counsellor and nobody else", async () => {
  const admin = await people.open(PHONE);
  await admin.goto(url(place));
  await signIn(admin, "minh", PASSWORD.admin);
  await heading(admin, "Tổng quan");
  const once = await addAccount(admin, "Phạm Thu Hà", "ha", "Tư vấn học đường");
  const counsellor = await people.open(PHONE);
  await begin(counsellor, "ha", once, PASSWORD.counsellor);
  await counsellor.goto(`${url(place)}reports`);
  await counsellor.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill(PASSPHRASE);
  await counsellor.getByRole("textbox", { name: "Nhập lại" }).fill(PASSPHRASE);
  await counsellor.getByRole("button", { name: "Tạo khóa" }).click();
  await counsellor.getByRole("checkbox", { name: "Tôi đã in hoặc chép lại" }).check();
  await counsellor.getByRole("button", { name: "Bắt đầu nhận tin" }).click();
  await counsellor.getByText("Chưa có tin nào").waitFor();

  const pupil = await people.open(PHONE, place.proxy);
  await pupil.goto("http://lachan.lan/gap-chuyen");
  await heading(pupil, "Em gặp chuyện này");
  await pupil.getByRole("radio", { name: /Người lạ/ }).check();
  await pupil.getByRole("textbox", { name: /Em kể lại/ }).fill(STORY);
  await picture(pupil, "box-pupil-report");
  await pupil.getByRole("button", { name: "Gửi cho người tư vấn" }).click();
  await heading(pupil, "Cảm ơn em đã nói ra");
  await picture(pupil, "box-pupil-thanks");

  await counsellor.reload();
  await counsellor.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill(PASSPHRASE);
  await counsellor.getByRole("button", { name: "Mở hòm thư" }).click();
  await counsellor.getByText(STORY).waitFor();
  await picture(counsellor, "box-counsellor");
  await admin.goto(`${url(place)}reports`);
  expect(await admin.getByText(STORY).count()).toBe(0);
}, 180_000);

test("a backup makes a second box the first", async () => {
  writeFileSync(join(place.folder, "phrase"), "một câu chỉ để sao lưu\n");
  const file = join(place.folder, "truong.age");
  lachan(place, "backup", "--out", file, "--passphrase-file", "phrase");
  await box.stop();
  // The second box stands where the first stood, and has nothing but the file.
  const second = await makePlace(names.port);
  lachan({ ...second, folder: place.folder }, "check-config");
  forget({ ...place, folder: join(place.folder, "data") });
  lachan(place, "restore", file, "--passphrase-file", "phrase", "--yes");
  box = await Box.start(place);
  const teacher = await people.open(PHONE);
  await teacher.goto(url(place));
  await signIn(teacher, "lan", PASSWORD.teacher);
  await heading(teacher, "Tổng quan");
  await teacher.goto(`${url(place)}groups`);
  await teacher.getByText("Học sinh THCS").first().waitFor();
  forget(second);
}, 180_000);

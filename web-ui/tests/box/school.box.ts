// A school's first day with a real box: its DNS, its proxy, its database, and the people at their screens.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box, forget, lachan, makePlace, type Place, startNames, startSite, writeSettings } from "./box";
import { accessibilityFaults } from "../e2e/browser";
import { heading, openBrowser, PHONE, picture } from "./people";

const SCHOOL = "THCS Trần Phú";
const SITE = "zalo.me";
const STORY = "Có người lạ nhắn tin hỏi nhà em ở đâu.";
const OLD_STORY = "Các bạn trêu em trong nhóm lớp.";
const PASSWORD = { admin: "sáng nay trời đổ mưa rào", teacher: "hoa gạo nở tháng ba", counsellor: "lắng nghe là chính" };
const OWN = "Mật khẩu đăng nhập của thầy cô";
const PASSPHRASE = "một câu thật dễ nhớ";

const people = openBrowser();
let names: Awaited<ReturnType<typeof startNames>>;
let site: Awaited<ReturnType<typeof startSite>>;
let place: Place;
let box: Box;
let second: Box | undefined;

beforeAll(async () => {
  [names, site] = await Promise.all([startNames(), startSite()]);
  place = await makePlace(names.port);
  box = await Box.start(place);
}, 120_000);

afterAll(async () => {
  await second?.stop();
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
  writeSettings(place, names.port, `[school.bells]\n${days.map((day) => `${day} = ${lessons}`).join("\n")}\n`, SCHOOL);
  lachan(place, "reload");
  return end - now;
}

test("from the first-run code to the bell", async () => {
  const admin = await people.open(PHONE);
  await admin.goto(url(place));
  await heading(admin, "Chào thầy cô");
  await admin.getByRole("textbox", { name: "Mã cài đặt" }).fill(box.firstRunCode);
  await admin.getByLabel("Họ và tên").fill("Trần Văn Minh");
  await admin.getByLabel("Tên đăng nhập").fill("minh");
  await admin.getByLabel("Mật khẩu mới").fill(PASSWORD.admin);
  await admin.getByRole("button", { name: "Tạo tài khoản và bắt đầu" }).click();
  await heading(admin, "Trường của thầy cô");
  // The name of the school is taken up by another start, which the page waits for.
  await admin.getByRole("textbox", { name: "Tên trường" }).fill(SCHOOL);
  await admin.getByRole("button", { name: "Lưu tên trường" }).click();
  await admin.getByText("Đã lưu; bộ lọc đã khởi động lại với cài đặt mới.").waitFor();
  await admin.getByRole("banner").getByText(SCHOOL).waitFor();
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
  // What is written is encrypted in the page, which says what that helps against and what not.
  await pupil.getByText("người theo dõi mạng không đọc được").waitFor();
  expect(await pupil.getByText("trang này chưa được mã hóa").isVisible()).toBe(false);
  expect(await accessibilityFaults(pupil)).toEqual([]);
  const sent: string[] = [];
  pupil.on("request", (request) => {
    if (request.method() === "POST") sent.push(decodeURIComponent((request.postData() ?? "").replaceAll("+", " ")));
  });
  await picture(pupil, "box-pupil-report");
  await pupil.getByRole("button", { name: "Gửi cho người tư vấn" }).click();
  await heading(pupil, "Cảm ơn em đã nói ra");
  await picture(pupil, "box-pupil-thanks");
  expect(sent).toEqual([expect.stringContaining("kin=YWdlLWVuY3J5cHRpb24ub3JnL3Yx")]);
  expect(sent[0]).not.toContain("nhà em");

  // An old phone runs no script: the form works all the same, and says who could read it.
  const old = await people.open(PHONE, place.proxy, { javaScriptEnabled: false });
  await old.goto("http://lachan.lan/gap-chuyen");
  await old.getByText("trang này chưa được mã hóa").waitFor();
  await old.getByRole("radio", { name: /bắt nạt/ }).check();
  await old.getByRole("textbox", { name: /Em kể lại/ }).fill(OLD_STORY);
  await old.getByRole("button", { name: "Gửi cho người tư vấn" }).click();
  await heading(old, "Cảm ơn em đã nói ra");

  await counsellor.reload();
  await counsellor.getByRole("textbox", { name: "Mật khẩu mở hòm thư" }).fill(PASSPHRASE);
  await counsellor.getByRole("button", { name: "Mở hòm thư" }).click();
  await counsellor.getByText(STORY).waitFor();
  await counsellor.getByText(OLD_STORY).waitFor();
  await picture(counsellor, "box-counsellor");
  await admin.goto(`${url(place)}reports`);
  expect(await admin.getByText(STORY).count()).toBe(0);
}, 180_000);

// Makes a backup on the page; gives the file and its passphrase.
async function backUp(admin: Page): Promise<{ file: string; phrase: string }> {
  await admin.goto(`${url(place)}backup`);
  await admin.getByText("Chưa sao lưu lần nào").waitFor();
  await admin.getByRole("textbox", { name: OWN }).fill(PASSWORD.admin);
  await admin.getByRole("button", { name: "Tạo bản sao lưu" }).click();
  const shown = admin.getByRole("alert").locator("code");
  await shown.waitFor({ timeout: 60_000 });
  await picture(admin, "box-backup");
  const phrase = (await shown.innerText()).trim();
  const saving = admin.waitForEvent("download");
  await admin.getByRole("link", { name: "Tải tệp về máy này" }).click();
  const saved = await saving;
  const file = join(place.folder, saved.suggestedFilename());
  await saved.saveAs(file);
  await admin.getByText("Chưa sao lưu lần nào").waitFor({ state: "detached" });
  return { file, phrase };
}

test("a backup of one box, restored at the first run of a second, makes it the first; and a reset makes it new", async () => {
  const admin = await people.open(PHONE);
  await admin.goto(url(place));
  await signIn(admin, "minh", PASSWORD.admin);
  await heading(admin, "Tổng quan");
  await admin.getByText("Hộp chưa được sao lưu lần nào.").waitFor();
  const { file, phrase } = await backUp(admin);

  // Another machine: its own folder, its own address, and nobody's school yet.
  const other = await makePlace(names.port);
  writeSettings(other, names.port, "", "Trường chưa thiết lập");
  const started = await Box.start(other);
  second = started;
  const owner = await people.open(PHONE);
  await owner.goto(url(other));
  await heading(owner, "Chào thầy cô");
  await owner.getByRole("link", { name: "Khôi phục từ bản sao lưu" }).click();
  await heading(owner, "Khôi phục từ bản sao lưu");
  await owner.getByRole("textbox", { name: "Mã cài đặt" }).fill(started.firstRunCode);
  const choosing = owner.waitForEvent("filechooser");
  await owner.getByRole("button", { name: /Tệp sao lưu/ }).click();
  await (await choosing).setFiles(file);
  await owner.getByRole("textbox", { name: "Mật khẩu của tệp" }).fill("sai-mật-khẩu-rồi");
  await owner.getByRole("button", { name: "Xem trong tệp có gì" }).click();
  await owner.getByText("Mật khẩu không mở được tệp này", { exact: true }).waitFor({ timeout: 60_000 });
  await owner.getByRole("textbox", { name: "Mật khẩu của tệp" }).fill(phrase);
  await owner.getByRole("button", { name: "Xem trong tệp có gì" }).click();
  await owner.getByText("Học sinh THCS").waitFor({ timeout: 60_000 });
  await owner.getByText("Nguyễn Thị Lan · Giáo viên").waitFor();
  await owner.getByRole("cell", { name: "school.name" }).waitFor();
  // It keeps its data elsewhere, so it has to keep its place.
  expect(await owner.getByRole("checkbox", { name: "Giữ vị trí mạng của hộp này" }).isDisabled()).toBe(true);
  await picture(owner, "box-restore-preview");
  await owner.getByRole("button", { name: "Khôi phục", exact: true }).click();
  await heading(owner, "Đã nhận bản sao lưu");
  await owner.getByText("Hộp đã chạy lại.").waitFor({ timeout: 60_000 });
  await owner.getByRole("button", { name: "Tiếp tục" }).click();
  await signIn(owner, "lan", PASSWORD.teacher);
  await heading(owner, "Tổng quan");
  await owner.getByText(SCHOOL).first().waitFor();
  await owner.goto(`${url(other)}groups`);
  await owner.getByText("Học sinh THCS").first().waitFor();
  await owner.getByRole("link", { name: "Nguyễn Thị Lan" }).click();
  await owner.getByRole("button", { name: "Đăng xuất" }).click();

  await signIn(owner, "minh", PASSWORD.admin);
  await heading(owner, "Tổng quan");
  await owner.getByText(`Khôi phục từ bản sao lưu: ${SCHOOL}`).first().waitFor();
  await owner.goto(`${url(other)}restore`);
  await owner.getByRole("button", { name: "Quay lại trước khi khôi phục" }).waitFor();
  await owner.goto(`${url(other)}reset`);
  await owner.getByRole("textbox", { name: `Gõ “${SCHOOL}” để xác nhận` }).fill(SCHOOL);
  await owner.getByRole("textbox", { name: OWN }).fill(PASSWORD.admin);
  await owner.getByRole("button", { name: "Xóa hết và đặt lại như mới" }).click();
  await heading(owner, "Đang đặt lại như mới");
  await owner.getByText("Hộp đã chạy lại.").waitFor({ timeout: 60_000 });
  await owner.getByRole("button", { name: "Tiếp tục" }).click();
  await heading(owner, "Chào thầy cô");
  expect(started.firstRunCode).toMatch(/^\w{4}-\w{4}-\w{4}$/);
  expect(readFileSync(join(other.folder, "lachan.toml"), "utf8")).not.toContain("Trần Phú");
  await started.stop();
  second = undefined;
  forget(other);
}, 300_000);

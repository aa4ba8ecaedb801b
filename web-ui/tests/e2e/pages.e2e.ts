// Every page, on a phone and on a desk, in light and dark: it shows its heading, axe finds nothing, the console is quiet,
// nothing sticks out. Pictures go to test-results/.
import { describe, expect, test } from "vitest";
import { accessibilityFaults, DESK, heading, PHONE, picture, sticksOut, withBrowser, visit } from "./browser";

withBrowser();

interface Case {
  path: string;
  title: string;
  name: string;
  as?: "admin" | "lannt" | "hieutruong" | "thanhtra" | "moi" | "tuvan" | "-";
  scenario?: "setup" | "empty" | "full";
}

const CASES: Case[] = [
  { name: "setup", path: "/setup", title: "Chào thầy cô", scenario: "setup", as: "-" },
  { name: "sign-in", path: "/sign-in", title: "Đăng nhập", as: "-" },
  { name: "overview", path: "/", title: "Tổng quan" },
  { name: "overview-principal", path: "/", title: "Tổng quan", as: "hieutruong" },
  { name: "overview-empty", path: "/", title: "Tổng quan", scenario: "empty" },
  { name: "blocks", path: "/blocks", title: "Đã chặn", as: "lannt" },
  { name: "blocks-principal", path: "/blocks?category=social", title: "Đã chặn", as: "hieutruong" },
  { name: "blocks-empty", path: "/blocks", title: "Đã chặn", scenario: "empty" },
  { name: "name", path: "/blocks/tiktok.com", title: "tiktok.com", as: "lannt" },
  { name: "name-locked", path: "/blocks/fb88.com", title: "fb88.com", as: "lannt" },
  { name: "requests", path: "/requests", title: "Xin mở", as: "lannt" },
  { name: "requests-answered", path: "/requests?state=answered", title: "Xin mở", as: "lannt" },
  { name: "passes", path: "/passes", title: "Đang mở", as: "lannt" },
  { name: "groups", path: "/groups", title: "Các nhóm" },
  { name: "group", path: "/groups/2", title: "Phòng máy 1" },
  { name: "group-new", path: "/groups/new", title: "Thêm nhóm" },
  { name: "exceptions", path: "/exceptions", title: "Ngoại lệ" },
  { name: "tiers", path: "/tiers", title: "Bảng cấp học" },
  { name: "services", path: "/services?find=tik", title: "Ứng dụng, dịch vụ" },
  { name: "lists", path: "/lists", title: "Danh sách lọc" },
  { name: "safe-search", path: "/safe-search", title: "Tìm kiếm an toàn" },
  { name: "safe-search-principal", path: "/safe-search", title: "Tìm kiếm an toàn", as: "hieutruong" },
  { name: "trial", path: "/lists/try", title: "Thử trước một danh sách" },
  { name: "why", path: "/why?name=tiktok.com&group=2", title: "Vì sao?" },
  { name: "status", path: "/status", title: "Tình trạng hộp" },
  { name: "doctor", path: "/doctor", title: "Khám hộp" },
  { name: "accounts", path: "/accounts", title: "Tài khoản" },
  { name: "school", path: "/school", title: "Trường" },
  { name: "network", path: "/network", title: "Mạng" },
  { name: "settings", path: "/settings", title: "Tệp cài đặt" },
  { name: "certificates", path: "/certificates", title: "Chứng chỉ" },
  { name: "audit", path: "/audit", title: "Nhật ký thay đổi", as: "thanhtra" },
  { name: "backup", path: "/backup", title: "Sao lưu" },
  { name: "backup-never", path: "/backup", title: "Sao lưu", scenario: "empty" },
  { name: "restore", path: "/restore", title: "Khôi phục" },
  { name: "reset", path: "/reset", title: "Đặt lại như mới" },
  { name: "setup-restore", path: "/setup/restore", title: "Khôi phục từ bản sao lưu", scenario: "setup", as: "-" },
  { name: "back", path: "/back", title: "Đã nhận bản sao lưu", as: "-" },
  { name: "notice", path: "/notice", title: "Nhật ký nào được ghi" },
  { name: "paper", path: "/paper", title: "Tờ in" },
  { name: "paper-parents", path: "/paper?sheet=parents", title: "Tờ in", as: "lannt" },
  { name: "account", path: "/account", title: "Tài khoản của tôi", as: "lannt" },
  { name: "account-must-change", path: "/", title: "Tài khoản của tôi", as: "moi" },
  { name: "more", path: "/more", title: "Tất cả các trang" },
  { name: "wizard-school", path: "/wizard", title: "Trường của thầy cô", scenario: "empty" },
  { name: "wizard-groups", path: '/wizard?step=groups&levels=["tieu-hoc","thcs"]', title: "Các nhóm", scenario: "empty" },
  { name: "wizard-modes", path: "/wizard?step=modes", title: "Hộp trong mạng của trường" },
  { name: "wizard-test", path: "/wizard?step=test", title: "Thử bộ lọc" },
  { name: "wizard-sheet", path: "/wizard?step=sheet", title: "Tờ cất trong ngăn kéo" },
  { name: "reports-key", path: "/reports", title: "Hòm thư", as: "tuvan", scenario: "empty" },
  { name: "reports-locked", path: "/reports", title: "Hòm thư", as: "tuvan" },
  { name: "alerts", path: "/alerts", title: "Cần lưu tâm", as: "tuvan" },
  { name: "alerts-empty", path: "/alerts", title: "Cần lưu tâm", as: "tuvan", scenario: "empty" },
  { name: "lost", path: "/khong-co", title: "Không có trang này" },
];

const VIEWS = [
  { view: "phone", size: PHONE },
  { view: "desk", size: DESK },
] as const;

const COLOURS = ["light", "dark"] as const;

describe.each(CASES)("the page $name", ({ name, path, title, ...who }) => {
  test.each(VIEWS)("is whole and accessible ($view)", async ({ view, size }) => {
    const { page, close } = await visit(path, { ...who, size, colorScheme: "light" });
    await heading(page, title);
    await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
    await page.waitForLoadState("load");
    for (const colorScheme of COLOURS) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      await picture(page, `${name}-${view}-${colorScheme}`);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
    expect(await sticksOut(page)).toBeLessThanOrEqual(0);
    await close();
  });
});

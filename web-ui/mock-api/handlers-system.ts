// The box itself: state, check-up, log of changes, the notice for parents.
import type { Handler } from "./handlers.ts";
import { allow, me, ok, say } from "./http.ts";
import { now } from "./state.ts";

export const systemHandlers: Record<string, Handler> = {
  "GET /audit": (call) => {
    allow(call, "admin", "principal", "inspector");
    return ok("AuditList", { items: call.state.audit, next: null });
  },
  "GET /system/status": (call) => {
    allow(call, "admin");
    return {
      status: 200,
      body: {
        version: "0.5.0",
        uptime: 5 * 86_400,
        now: now(),
        listeners: ["10.6.0.1:53", "[fd00:6::1]:53"],
        ruleset: { built: now() - 9 * 86_400, names: 122_848, lists: 3 },
        upstreams: [
          { label: "203.162.4.191:53", is_up: true },
          { label: "1.1.1.1:853", is_up: false },
        ],
        cache: { answers: 41_200 },
        process: { resident: 48_300_000 },
        events: { dropped: 0 },
        totals: { queries: 1_284_203, blocked: 36_417 },
        firewall: { mode: "gateway", state: "on" },
        web: { fingerprint: "9F:2B:71:0C:E4:55:83:1D:AA:60:3E:94:7B:C1:08:D2:9F:2B:71:0C:E4:55:83:1D:AA:60:3E:94:7B:C1:08:D2" },
      },
    };
  },
  "GET /system/doctor": (call) => {
    allow(call, "admin");
    const good = (code: string, vi: string, en: string) => ({ code, severity: "info" as const, checked: true, title: say(call, vi, en) });
    return ok("DoctorView", {
      ok: true,
      findings: [
        good("settings", "Tệp cài đặt không có lỗi.", "The settings are sound."),
        {
          code: "upstreams",
          severity: "warning",
          checked: true,
          title: say(call, "1.1.1.1:853 không trả lời.", "1.1.1.1:853 does not answer."),
          remedy: say(call, "Hỏi nhà mạng xem cổng 853 có bị chặn không.", "Ask the provider whether port 853 is shut."),
        },
        good("clock", "Đồng hồ đúng giờ.", "The clock is right."),
        good("network", "Hộp là cửa ngõ: eth1 phía trong, eth0 ra ngoài.", "The box is the gateway: eth1 inside, eth0 outside."),
        {
          code: "dhcp",
          severity: "info",
          checked: false,
          title: say(call, "Chưa hỏi được máy nào đang cấp địa chỉ.", "Who gives addresses could not be asked."),
        },
      ],
    });
  },
  "GET /system/notice": (call) => {
    me(call);
    const item = (code: string, days: number | null, vi: string, en: string) => ({
      code,
      days,
      recorded: days !== null,
      text: say(call, vi, en),
    });
    return ok("NoticeView", {
      school: "THCS Nguyễn Trãi",
      items: [
        item("blocks", 30, "Mỗi lượt bị chặn: phút, nhóm, cấp, loại nội dung, tên miền; giữ 30 ngày", "Each block: minute, group, tier, category, name; kept 30 days"),
        item("counters", 730, "Số lượt theo giờ, cấp và loại nội dung; giữ 730 ngày", "Numbers by hour, tier and category; kept 730 days"),
        item("open", null, "Những trang được mở: không bao giờ ghi, chỉ đếm", "What was open: never recorded, only counted"),
        item("urls", null, "Địa chỉ đầy đủ, từ khóa tìm kiếm, địa chỉ máy học sinh", "Whole addresses, searches, addresses of pupils' devices"),
      ],
    });
  },
};

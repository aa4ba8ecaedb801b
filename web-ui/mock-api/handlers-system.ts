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
    return ok("Status", {
      version: "0.5.0",
      started: now() - 5 * 86_400,
      time_known: true,
      network: {
        mode: "gateway",
        inside: ["eth1"],
        outside: "eth0",
        addresses: ["10.6.0.1/24", "fd00:6::1/64"],
        ipv6: true,
      },
      certificate: { fingerprint: "9F:2B:71:0C:E4:55:83:1D:AA:60:3E:94:7B:C1:08:D2", until: now() + 700 * 86_400 },
      ruleset: { built: now() - 9 * 86_400, names: 122_848 },
      queries_per_second: 41.5,
      cached_share: 0.874,
      upstreams: [
        { address: "203.162.4.191:53", works: true },
        { address: "1.1.1.1:853", works: false },
      ],
      events_lost: 0,
      database_bytes: 48_300_000,
    });
  },
  "GET /system/doctor": (call) => {
    allow(call, "admin");
    return ok("Doctor", {
      ok: true,
      at: now(),
      findings: [
        { check: "settings", level: "good", text: say(call, "Tệp cài đặt không có lỗi.", "The settings are sound.") },
        {
          check: "upstreams",
          level: "warning",
          text: say(call, "1.1.1.1:853 không trả lời.", "1.1.1.1:853 does not answer."),
          remedy: say(call, "Hỏi nhà mạng xem cổng 853 có bị chặn không, hoặc bỏ dòng này khỏi upstreams.", "Ask the provider whether port 853 is shut."),
        },
        { check: "clock", level: "good", text: say(call, "Đồng hồ đúng giờ.", "The clock is right.") },
      ],
    });
  },
  "GET /system/notice": (call) => {
    me(call);
    const lines = (...pairs: [string, string][]) => pairs.map(([vi, en]) => say(call, vi, en));
    return ok("Notice", {
      title: say(call, "Nhật ký nào được ghi", "What is recorded"),
      made: now(),
      sections: [
        {
          title: say(call, "Không bao giờ ghi", "Never recorded"),
          lines: lines(
            ["Những trang các em được xem", "The sites pupils may see"],
            ["Tên em, địa chỉ máy, nội dung tìm kiếm", "Pupils' names, devices' addresses, searches"],
            ["Việc gọi tổng đài 111 và xem trang trợ giúp", "Calls to 111 and visits to help pages"],
          ),
        },
        {
          title: say(call, "Có ghi, rồi tự xóa", "Recorded, then deleted"),
          lines: lines(
            ["Lượt chặn: phút, nhóm, loại nội dung, tên trang; xóa sau 30 ngày", "Blocks: minute, group, content, site; deleted after 30 days"],
            ["Số đếm theo ngày; xóa sau 24 tháng", "Counts by day; deleted after 24 months"],
          ),
        },
      ],
    });
  },
};

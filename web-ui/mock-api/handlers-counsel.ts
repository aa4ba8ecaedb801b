// The counsellor's: her key, reports that are encrypted to it, alerts.
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, missing, ok, Problem, say } from "./http.ts";
import { BULLIED, FRAUD, NOTE, RECIPIENT, WRAPPED } from "./sealed.ts";
import { now, record, type State } from "./state.ts";

const HOUR = 3600;

export interface Counsel {
  recipient?: string;
  wrapped?: string;
  reports: {
    id: number;
    made_at: number;
    type: string;
    crowded: boolean;
    sealed: string;
    state: "new" | "acknowledged" | "closed";
    acknowledged_at?: number;
    closed_at?: number;
    notes: { at: number; sealed: string }[];
  }[];
}

export function freshCounsel(scenario: State["scenario"]): Counsel {
  if (scenario !== "full" && scenario !== "down") return { reports: [] };
  return {
    recipient: RECIPIENT,
    wrapped: WRAPPED,
    reports: [
      { id: 61, made_at: now() - 3 * HOUR, type: "bullying", crowded: false, sealed: BULLIED, state: "new", notes: [] },
      {
        id: 60,
        made_at: now() - 30 * HOUR,
        type: "fraud",
        crowded: true,
        sealed: FRAUD,
        state: "acknowledged",
        acknowledged_at: now() - 26 * HOUR,
        notes: [{ at: now() - 25 * HOUR, sealed: NOTE }],
      },
    ],
  };
}

function one(call: Call) {
  allow(call, "counsellor");
  const report = call.state.counsel.reports.find((entry) => String(entry.id) === call.params.id);
  if (!report) throw missing(call);
  return report;
}

function list(call: Call) {
  allow(call, "counsellor");
  const { reports } = call.state.counsel;
  const waiting = reports.filter((entry) => entry.state === "new");
  const since = Math.min(...waiting.map((entry) => entry.made_at));
  return ok("ReportList", {
    items: reports,
    next: null,
    waiting: waiting.length,
    waiting_crowded: waiting.filter((entry) => entry.crowded).length,
    ...(waiting.length > 0 && { waiting_since: since }),
  });
}

function acknowledge(call: Call) {
  const report = one(call);
  if (report.state === "new") {
    report.state = "acknowledged";
    report.acknowledged_at = now();
    record(call.state, "change-report", String(report.id));
  }
  return ok("Report", report);
}

function close(call: Call) {
  const report = one(call);
  report.state = "closed";
  report.closed_at = now();
  record(call.state, "change-report", String(report.id));
  return ok("Report", report);
}

function note(call: Call) {
  const report = one(call);
  const { sealed } = call.body as { sealed: string };
  if (!atob(sealed).startsWith("age-encryption.org/v1\n"))
    throw badField(call, "sealed", "chỉ nhận nội dung đã mã hóa", "only what is encrypted is taken");
  if (report.state === "closed") throw new Problem(409, "already-ended", say(call, "Mục này đã kết thúc rồi", "This has ended already"));
  report.notes.push({ at: now(), sealed });
  record(call.state, "change-report", String(report.id));
  return ok("Report", report);
}

function key(call: Call) {
  allow(call, "counsellor");
  const { recipient, wrapped } = call.state.counsel;
  return ok("CounsellorKey", recipient === undefined || wrapped === undefined ? {} : { recipient, wrapped_identity: wrapped });
}

function setKey(call: Call) {
  allow(call, "counsellor");
  const { recipient, wrapped_identity: wrapped } = call.body as { recipient: string; wrapped_identity: string };
  Object.assign(call.state.counsel, { recipient, wrapped });
  record(call.state, "set-counsellor-key", recipient);
  return key(call);
}

function alerts(call: Call) {
  allow(call, "counsellor");
  const isEmpty = call.state.counsel.reports.length === 0;
  const minute = Math.floor(now() / 60);
  const common = { tier: "thcs" as const, rule: "cell", channel: "dns" };
  return ok("AlertList", {
    items: isEmpty
      ? []
      : [
          {
            ...common,
            id: 9,
            minute: minute - 12,
            group: 2,
            group_name: "Phòng máy 1",
            lesson: 3,
            category: "self-harm",
            category_name: say(call, "Cổ xúy tự hại, tự tử", "Self-harm and suicide promotion"),
            count: 2,
          },
          {
            ...common,
            id: 7,
            minute: minute - 3000,
            group: 3,
            group_name: "Lớp 9A",
            category: "bullying-hate",
            category_name: say(call, "Bắt nạt, thù ghét", "Bullying and hatred"),
            count: 1,
          },
        ],
    next: null,
  });
}

export const counselHandlers: Record<string, Handler> = {
  "GET /reports": list,
  "POST /reports/{id}/acknowledge": acknowledge,
  "POST /reports/{id}/note": note,
  "POST /reports/{id}/close": close,
  "GET /alerts": alerts,
  "GET /counsellor/key": key,
  "PUT /counsellor/key": setKey,
};

// The box as a whole: backups made and restored.
import type { Handler } from "./handlers.ts";
import { accepted, allow, badField, type Call, done, file, missing, ok, Problem, say } from "./http.ts";
import { CODE, freshState, now, PASSWORD, record } from "./state.ts";

// What stands in the mock's backups.
const CONTENT = "age-encryption.org/v1\n";
const SHORTEST = 12;
const PHRASE = "k3mw-9xpa-t2fh-c7ud-qzn4-86ys";

function checkOwn(call: Call, password: string): void {
  if (password !== PASSWORD)
    throw new Problem(401, "wrong-credentials", say(call, "Tên hoặc mật khẩu chưa đúng.", "The name or the password is wrong."));
}

const DAY = 86_400;
const SCHOOL = "THCS Nguyễn Trãi";

function checkCode(call: Call, code: string | undefined): void {
  if (code !== CODE) throw new Problem(403, "wrong-code", say(call, "Mã cài đặt chưa đúng.", "The first-run code is wrong."));
}

function takeIn(call: Call) {
  const sent = String(call.body);
  call.state.box.taken = sent;
  return ok("TakenIn", { bytes: sent.length });
}

function lookInto(call: Call, passphrase: string) {
  const refuse = (status: number, code: string, vi: string, en: string) => new Problem(status, code, say(call, vi, en));
  const { taken } = call.state.box;
  if (taken === undefined) throw refuse(409, "no-upload", "Hộp không còn giữ tệp; hãy gửi lại bản sao lưu.", "Send the backup again.");
  if (!taken.startsWith("age-encryption.org")) throw refuse(422, "not-a-backup", "Tệp này không phải bản sao lưu của Lá Chắn.", "This is no backup.");
  if (passphrase !== PHRASE) throw refuse(422, "wrong-passphrase", "Mật khẩu không mở được tệp này.", "The passphrase does not open this file.");
  return ok("Preview", {
    school: SCHOOL,
    made_at: now() - 3 * DAY,
    program: "0.5.0",
    lists: true,
    groups: [
      { name: "Phòng máy 1", tier: "thcs" },
      { name: "Giáo viên, nhân viên", tier: "staff" },
    ],
    accounts: [
      { display_name: "Trần Văn Minh", role: "admin" },
      { display_name: "Nguyễn Thị Lan", role: "teacher" },
    ],
    settings: [
      { key: "network.mode", here: null, there: '"gateway"' },
      { key: "resolver.listen", here: '["192.168.1.2:53"]', there: '["10.6.0.1:53"]' },
    ],
    fits: true,
  });
}

// The box begins again, and nobody is signed in.
function restore(call: Call) {
  const { box } = call.state;
  if (box.taken === undefined) throw missing(call);
  delete box.taken;
  call.state.accounts = freshState("full", undefined).accounts;
  box.undo_until = now() + 7 * DAY;
  call.state.signedIn = undefined;
  return accepted;
}

function backUp(call: Call) {
  allow(call, "admin");
  const { password, passphrase } = call.body as { password: string; passphrase?: string };
  if (passphrase !== undefined && passphrase.length < SHORTEST)
    throw badField(call, "passphrase", "Mật khẩu của tệp cần ít nhất 12 ký tự.", "A passphrase has at least 12 characters.");
  checkOwn(call, password);
  const day = new Date(now() * 1000).toISOString().slice(0, 10);
  call.state.box.ready = { name: `lachan-${day}.age`, bytes: CONTENT.length, made_at: now() };
  record(call.state, "make-backup", SCHOOL);
  return ok("BackupMade", {
    ready: call.state.box.ready,
    ...(passphrase === undefined && { passphrase: PHRASE }),
  });
}

export const boxHandlers: Record<string, Handler> = {
  "GET /box": (call) => {
    allow(call, "admin");
    const { last_backup, ready, undo_until } = call.state.box;
    return ok("BoxView", { last_backup: last_backup ?? null, ready: ready ?? null, undo_until: undo_until ?? null, shortest: SHORTEST, confirm: SCHOOL });
  },
  "POST /box/backup": backUp,
  "GET /box/backup/file": (call) => {
    allow(call, "admin");
    const { ready } = call.state.box;
    if (!ready) throw missing(call);
    call.state.box.last_backup = ready.made_at;
    return file(ready.name, CONTENT);
  },
  "POST /box/restore/file": (call) => {
    allow(call, "admin");
    return takeIn(call);
  },
  "DELETE /box/restore/file": (call) => {
    allow(call, "admin");
    delete call.state.box.taken;
    return done;
  },
  "POST /box/restore/check": (call) => {
    allow(call, "admin");
    return lookInto(call, (call.body as { passphrase: string }).passphrase);
  },
  "POST /box/restore": (call) => {
    allow(call, "admin");
    checkOwn(call, (call.body as { password: string }).password);
    return restore(call);
  },
  "POST /box/restore/undo": (call) => {
    allow(call, "admin");
    checkOwn(call, (call.body as { password: string }).password);
    delete call.state.box.undo_until;
    call.state.signedIn = undefined;
    return accepted;
  },
  "POST /box/reset": (call) => {
    allow(call, "admin");
    const { password, confirm } = call.body as { password: string; confirm: string };
    if (confirm !== SCHOOL) throw badField(call, "confirm", `Hãy gõ đúng: ${SCHOOL}`, `Type exactly: ${SCHOOL}`);
    checkOwn(call, password);
    Object.assign(call.state, freshState("setup", undefined));
    return accepted;
  },
  "POST /setup/restore/file": (call) => {
    checkCode(call, call.code);
    return takeIn(call);
  },
  "POST /setup/restore/check": (call) => {
    const { code, passphrase } = call.body as { code: string; passphrase: string };
    checkCode(call, code);
    return lookInto(call, passphrase);
  },
  "POST /setup/restore": (call) => {
    checkCode(call, (call.body as { code: string }).code);
    return restore(call);
  },
};

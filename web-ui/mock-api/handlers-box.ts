// The box as a whole: backups.
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, file, missing, ok, Problem, say } from "./http.ts";
import { now, PASSWORD, record } from "./state.ts";

// What stands in the mock's backups.
const CONTENT = "age-encryption.org/v1\n";
const SHORTEST = 12;

function checkOwn(call: Call, password: string): void {
  if (password !== PASSWORD)
    throw new Problem(401, "wrong-credentials", say(call, "Tên hoặc mật khẩu chưa đúng.", "The name or the password is wrong."));
}

function backUp(call: Call) {
  allow(call, "admin");
  const { password, passphrase } = call.body as { password: string; passphrase?: string };
  if (passphrase !== undefined && passphrase.length < SHORTEST)
    throw badField(call, "passphrase", "Mật khẩu của tệp cần ít nhất 12 ký tự.", "A passphrase has at least 12 characters.");
  checkOwn(call, password);
  const day = new Date(now() * 1000).toISOString().slice(0, 10);
  call.state.box.ready = { name: `lachan-${day}.age`, bytes: CONTENT.length, made_at: now() };
  record(call.state, "make-backup", "THCS Nguyễn Trãi");
  return ok("BackupMade", {
    ready: call.state.box.ready,
    ...(passphrase === undefined && { passphrase: "k3mw-9xpa-t2fh-c7ud-qzn4-86ys" }),
  });
}

export const boxHandlers: Record<string, Handler> = {
  "GET /box": (call) => {
    allow(call, "admin");
    return ok("BoxView", { ...call.state.box, shortest: SHORTEST });
  },
  "POST /box/backup": backUp,
  "GET /box/backup/file": (call) => {
    allow(call, "admin");
    const { ready } = call.state.box;
    if (!ready) throw missing(call);
    call.state.box.last_backup = ready.made_at;
    return file(ready.name, CONTENT);
  },
};

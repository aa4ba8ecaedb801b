// Sessions, one's own account, everybody's accounts.
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, checkVersion, done, me, missing, ok, Problem, say } from "./http.ts";
import { type Account, CODE, nextId, PASSWORD, record, TOTP } from "./state.ts";

const QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><rect width="21" height="21" fill="#fff"/><path d="M2 2h5v5H2zM14 2h5v5h-5zM2 14h5v5H2zM9 4h2v2H9zM10 9h3v3h-3zM15 10h2v2h-2zM13 14h2v4h-2zM9 16h2v2H9z"/></svg>';

function session(call: Call) {
  const { state } = call;
  const account = state.accounts.find((entry) => entry.id === state.signedIn);
  const name = state.accounts.length === 0 ? "setup" : account ? "signed-in" : "signed-out";
  return ok("SessionView", {
    state: name,
    side: "management",
    school: "THCS Nguyễn Trãi",
    language: "vi",
    totp_required: false,
    flat_network: false,
    ...(account && { account }),
  });
}

function wrong(call: Call): Problem {
  return new Problem(401, "wrong-credentials", say(call, "Tên hoặc mật khẩu chưa đúng.", "The name or the password is wrong."));
}

function checkPassword(call: Call, field: string, password: string): void {
  if (password.length < 10) throw badField(call, field, "Mật khẩu cần ít nhất 10 ký tự.", "A password has at least 10 characters.");
}

function one(call: Call): Account {
  const account = call.state.accounts.find((entry) => String(entry.id) === call.params.id);
  if (!account) throw missing(call);
  return account;
}

type AccountBody = Pick<Account, "name" | "display_name" | "role" | "groups" | "until">;

export const accountHandlers: Record<string, Handler> = {
  "GET /session": session,
  "POST /session": (call) => {
    const { name, password, totp } = call.body as { name: string; password: string; totp?: string };
    const account = call.state.accounts.find((entry) => entry.name === name);
    if (name === "khoa") {
      const title = say(call, "Đã thử quá nhiều lần.", "Too many attempts.");
      throw new Problem(429, "too-many-attempts", title, { retryAfter: 60 });
    }
    if (!account || password !== PASSWORD) throw wrong(call);
    if (account.totp && totp === undefined)
      throw new Problem(401, "totp-required", say(call, "Cần mã sáu số.", "The six-digit code is needed."));
    if (account.totp && totp !== TOTP) {
      const message = say(call, "Mã chưa đúng.", "The code is wrong.");
      throw new Problem(401, "wrong-credentials", wrong(call).title, { fields: [{ field: "totp", code: "wrong-code", message }] });
    }
    call.state.signedIn = account.id;
    return session(call);
  },
  "DELETE /session": (call) => {
    call.state.signedIn = undefined;
    return done;
  },
  "POST /setup/account": (call) => {
    const { code, name, display_name, password } = call.body as Record<"code" | "name" | "display_name" | "password", string>;
    if (code !== CODE) throw new Problem(403, "wrong-code", say(call, "Mã cài đặt chưa đúng.", "The first-run code is wrong."));
    checkPassword(call, "password", password);
    const base = { role: "admin" as const, groups: [], totp: false, must_change_password: false, language: "vi" as const, version: 1 };
    call.state.accounts.push({ id: 1, name, display_name, ...base });
    call.state.signedIn = 1;
    return session(call);
  },
  "GET /account": (call) => ok("AccountView", me(call)),
  "PATCH /account": (call) => ok("AccountView", Object.assign(me(call), call.body)),
  "POST /account/password": (call) => {
    const account = me(call);
    const { old, new: fresh } = call.body as { old: string; new: string };
    if (old !== PASSWORD) throw badField(call, "old", "Mật khẩu hiện nay chưa đúng.", "The present password is wrong.");
    checkPassword(call, "new", fresh);
    account.must_change_password = false;
    return ok("AccountView", account);
  },
  "POST /account/totp": (call) => {
    me(call);
    return ok("TotpOffer", { secret: "JBSW Y3DP EHPK 3PXP", uri: "otpauth://totp/mau", qr_svg: QR });
  },
  "POST /account/totp/confirm": (call) => {
    const account = me(call);
    if ((call.body as { code: string }).code !== TOTP) throw badField(call, "code", "Mã chưa đúng.", "The code is wrong.");
    account.totp = true;
    return ok("AccountView", account);
  },
  "DELETE /account/totp": (call) => {
    const account = me(call);
    if ((call.body as { password: string }).password !== PASSWORD)
      throw badField(call, "password", "Mật khẩu chưa đúng.", "The password is wrong.");
    account.totp = false;
    return done;
  },
  "GET /accounts": (call) => {
    allow(call, "admin");
    return ok("AccountList", { items: call.state.accounts, next: null });
  },
  "POST /accounts": (call) => {
    allow(call, "admin");
    const body = call.body as AccountBody;
    if (call.state.accounts.some((entry) => entry.name === body.name))
      throw badField(call, "name", "Tên này đã có người dùng.", "This name is taken.");
    const account = { id: nextId(call.state), ...body, totp: false, must_change_password: true, language: "vi" as const, version: 1 };
    call.state.accounts.push(account);
    record(call.state, "add-account", body.display_name);
    return ok("NewPassword", { account, password: "cam-xoai-buoi-mit" });
  },
  "PATCH /accounts/{id}": (call) => {
    allow(call, "admin");
    const account = one(call);
    checkVersion(call, account);
    Object.assign(account, call.body, { version: account.version + 1 });
    record(call.state, "change-account", account.display_name);
    return ok("AccountView", account);
  },
  "DELETE /accounts/{id}": (call) => {
    allow(call, "admin");
    const account = one(call);
    checkVersion(call, account);
    call.state.accounts = call.state.accounts.filter((entry) => entry !== account);
    record(call.state, "remove-account", account.display_name);
    return done;
  },
  "POST /accounts/{id}/password": (call) => {
    allow(call, "admin");
    const account = one(call);
    account.must_change_password = true;
    record(call.state, "set-password", account.display_name);
    return ok("NewPassword", { account, password: "tre-lua-sen-chim" });
  },
};

// A real box for a test: the built program in a folder of its own, with an Internet made up on loopback.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as listen } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("../../../", import.meta.url).pathname;
// Where every name of the made-up Internet leads.
const SITE = "127.9.0.1";

export interface Place {
  folder: string;
  web: number;
  proxy: number;
}

function program(): string {
  const given = process.env.LACHAN_BIN;
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const found = [given, join(target, "debug/lachan"), join(target, "release/lachan")].find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error("no lachan was built: cargo build -p lachan-daemon");
  return found;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = listen();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}

// Answers every A query with the site's address, everything else with nothing.
export async function startNames(): Promise<{ port: number; stop: () => void }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const isA = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from(query.subarray(0, end));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...SITE.split(".").map(Number)]);
    socket.send(isA ? Buffer.concat([head, answer]) : head, from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  return { port: socket.address().port, stop: () => socket.close() };
}

export async function startSite(): Promise<{ port: number; stop: () => void }> {
  const server = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html; charset=utf-8");
    answer.end("<!doctype html><title>Bài giảng</title><h1>Bài giảng của cô</h1>");
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, SITE, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return { port, stop: () => server.close() };
}

export async function makePlace(names: number): Promise<Place> {
  const place = { folder: mkdtempSync(join(tmpdir(), "lachan-box-")), web: await freePort(), proxy: await freePort() };
  mkdirSync(join(place.folder, "data"));
  writeSettings(place, names, "");
  return place;
}

export function writeSettings(place: Place, names: number, school: string, name = "THCS Kim Đồng"): void {
  writeFileSync(
    join(place.folder, "lachan.toml"),
    `version = "v1"
[school]
name = "${name}"
${school}
[paths]
data = "${place.folder}/data"
rules = "${ROOT}rules"
[store]
flush = "1s"
[resolver]
listen = ["127.0.0.1:0"]
upstreams = ["127.0.0.1:${String(names)}"]
rebind-protection = "off"
[proxy]
explicit = ["127.0.0.1:${String(place.proxy)}"]
inside-targets = ["127.9.0.0/16"]
[web]
listen = ["127.0.0.1:${String(place.web)}"]
management = ["127.0.0.1/32"]
`,
  );
}

export function lachan(place: Place, ...words: string[]): string {
  const env = { ...process.env, LACHAN_CONFIG: join(place.folder, "lachan.toml"), LANG: "vi_VN.UTF-8" };
  return execFileSync(program(), words, { env, cwd: place.folder, encoding: "utf8" });
}

export class Box {
  private said = "";

  private constructor(
    private readonly child: ChildProcess,
    readonly place: Place,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (bytes: Buffer) => {
        this.said += bytes.toString();
      });
  }

  static async start(place: Place): Promise<Box> {
    const env = { ...process.env, LACHAN_CONFIG: join(place.folder, "lachan.toml"), LANG: "vi_VN.UTF-8" };
    const box = new Box(spawn(program(), ["run"], { env, cwd: place.folder }), place);
    await box.until("it answers", () => isUp(place));
    return box;
  }

  // Waits for something the box does by itself.
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (await holds()) return;
      if (this.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`never: ${what}\n${this.said}`);
  }

  get firstRunCode(): string {
    return readFileSync(join(this.place.folder, "data/state/first-run-code"), "utf8").trim();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }
}

function isUp(place: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = spawn("curl", ["-sk", "-o", "/dev/null", "--max-time", "2", `https://127.0.0.1:${String(place.web)}/api/v1/session`]);
    probe.once("exit", (code) => {
      resolve(code === 0);
    });
  });
}

export function forget(place: Place): void {
  rmSync(place.folder, { recursive: true, force: true });
}

// The certificates of the box. A text that begins like PEM is one here; the box looks closer.
import type { components } from "../src/api/schema.d.ts";
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, missing, ok } from "./http.ts";
import { now, record } from "./state.ts";

type Certificates = components["schemas"]["Certificates"];

const DAY = 86_400;
const OWN = "9F:2B:71:0C:E4:55:83:1D:AA:60:3E:94:7B:C1:08:D2:9F:2B:71:0C:E4:55:83:1D:AA:60:3E:94:7B:C1:08:D2";
const OTHER = "12:5A:90:0B:3C:71:EE:42:18:D7:66:05:F9:AB:2D:84:12:5A:90:0B:3C:71:EE:42:18:D7:66:05:F9:AB:2D:84";

export function freshCertificates(): Certificates {
  return {
    web: own(OWN),
    dns: null,
    dns_listens: false,
    inspection: { fingerprint: OTHER, from: now() - DAY, until: now() + 3650 * DAY, is_on: true },
  };
}

function own(fingerprint: string) {
  return { names: ["lachan.lan", "localhost", "10.6.0.1"], fingerprint, from: now() - DAY, until: now() + 800 * DAY, is_uploaded: false, is_public: false };
}

function put(call: Call, place: "web" | "dns") {
  allow(call, "admin");
  const { certificate, key } = call.body as { certificate: string; key: string };
  if (!certificate.includes("BEGIN CERTIFICATE"))
    throw badField(call, "certificate", "Tệp không phải dạng PEM.", "The file is no PEM.");
  if (!key.includes("PRIVATE KEY")) throw badField(call, "key", "Tệp không có khóa riêng.", "The file has no private key.");
  const shown = { names: ["loc.truong.edu.vn"], fingerprint: OTHER, from: now() - DAY, until: now() + 90 * DAY, is_uploaded: true, is_public: true };
  const { certificates } = call.state;
  certificates[place] = shown;
  record(call.state, "change-certificate", place);
  return ok("Certificates", certificates);
}

export const certificateHandlers: Record<string, Handler> = {
  "GET /certificates": (call) => {
    allow(call, "admin");
    return ok("Certificates", call.state.certificates);
  },
  "POST /certificates/web/renew": (call) => {
    allow(call, "admin");
    call.state.certificates.web = own(OTHER);
    record(call.state, "change-certificate", "web");
    return ok("Certificates", call.state.certificates);
  },
  "PUT /certificates/web": (call) => put(call, "web"),
  "PUT /certificates/dns": (call) => put(call, "dns"),
  "DELETE /certificates/web": (call) => {
    allow(call, "admin");
    if (call.state.certificates.web?.is_uploaded !== true) throw missing(call);
    call.state.certificates.web = own(OWN);
    record(call.state, "change-certificate", "web");
    return ok("Certificates", call.state.certificates);
  },
};

import { expect, test } from "vitest";
import { fromFixed, toFixed } from "../../src/util/dhcp-lines";

test("a device is a line: MAC, address, name, whichever of the two are there", () => {
  for (const line of ["3c:22:fb:0a:b1:9e 10.6.0.20 may-in", "3c:22:fb:0a:b1:9e 10.6.0.20", "3c:22:fb:0a:b1:9e may-in", "3c:22:fb:0a:b1:9e"])
    expect(fromFixed(toFixed(line))).toBe(line);
  expect(toFixed("  3c:22:fb:0a:b1:9e   may-in  10.6.0.20 ")).toEqual({ mac: "3c:22:fb:0a:b1:9e", address: "10.6.0.20", name: "may-in" });
});

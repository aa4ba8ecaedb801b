// Devices with an address of their own, one a line: "3c:22:fb:0a:b1:9e 10.6.0.20 may-in".
import { without } from "./without";

export interface Fixed {
  mac: string;
  address?: string;
  name?: string;
}

const ADDRESS = /^[\d.]+$/;

export function toFixed(line: string): Fixed {
  const [mac = "", ...rest] = line.trim().split(/[\s,;]+/);
  const address = rest.find((word) => ADDRESS.test(word));
  const name = rest.find((word) => !ADDRESS.test(word));
  const fixed: Fixed = { mac, address: address ?? "", name: name ?? "" };
  return fixed;
}

export function fromFixed(fixed: Fixed): string {
  const { mac } = fixed;
  return [mac, ...Object.values(without(fixed, "mac"))].filter((word) => word !== "").join(" ");
}

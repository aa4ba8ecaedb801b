// The school's network as a picture: devices, the box, the way out.
import { useTranslation } from "react-i18next";
import type { Status } from "../api/types";
import classes from "./NetworkPicture.module.css";

export function NetworkPicture({ network }: { network: Status["network"] }) {
  const { t } = useTranslation();
  const steps = [
    { id: "devices", title: t("wizard.modes.devices"), text: network.dhcp ?? t("status.dhcpOther") },
    { id: "box", title: t("wizard.modes.box"), text: network.addresses.join(", ") },
    { id: "router", title: t("wizard.modes.router"), text: network.outside ?? t("wizard.modes.sameWire") },
    { id: "internet", title: "Internet", text: network.ipv6 ? "IPv4, IPv6" : "IPv4" },
  ];
  return (
    <ol className={classes.picture} aria-label={t("wizard.modes.picture")}>
      {steps.map((step) => (
        <li key={step.id} data-box={step.id === "box" || undefined}>
          <b>{step.title}</b>
          <span>{step.text}</span>
        </li>
      ))}
    </ol>
  );
}

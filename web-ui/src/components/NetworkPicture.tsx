// The school's network as a picture: devices, the box, the way out, by where the box stands.
import { useTranslation } from "react-i18next";
import classes from "./NetworkPicture.module.css";

// Whether what devices send passes the box on its way, or only what they ask it.
const ON_THE_WAY = ["gateway", "bridge"];

export function NetworkPicture({ mode, address }: { mode: string; address: string }) {
  const { t } = useTranslation();
  const isOnTheWay = ON_THE_WAY.includes(mode);
  const box = { id: "box", title: t("wizard.modes.box"), text: address };
  const steps = [
    { id: "devices", title: t("wizard.modes.devices"), text: t(isOnTheWay ? "wizard.modes.allPass" : "wizard.modes.onlyAsk") },
    ...(isOnTheWay ? [box] : []),
    { id: "router", title: t("wizard.modes.router"), text: t("wizard.modes.routerText") },
    { id: "internet", title: "Internet", text: "" },
  ];
  return (
    <>
      <ol className={classes.picture} aria-label={t("wizard.modes.picture")}>
        {steps.map((step) => (
          <li key={step.id} data-box={step.id === "box" || undefined}>
            <b>{step.title}</b>
            <span>{step.text}</span>
          </li>
        ))}
      </ol>
      {!isOnTheWay && (
        <p className={classes.aside}>
          <b>{box.title}</b> <span>{t("wizard.modes.beside", { address })}</span>
        </p>
      )}
    </>
  );
}

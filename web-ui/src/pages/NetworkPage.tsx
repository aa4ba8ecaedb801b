// How the box is joined to the school's network, part by part; each is saved by itself.
import { useTranslation } from "react-i18next";
import { SettingsGate } from "../components/SettingsGate";
import { DhcpForm } from "../forms/settings/DhcpForm";
import { DnsForm } from "../forms/settings/DnsForm";
import { ProxyForm, WebForm } from "../forms/settings/ListsForm";
import { PlaceForm } from "../forms/settings/PlaceForm";
import { Page } from "../ui/Page";

export function NetworkPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("nav.network")} lead={t("settings.network.lead")}>
      <SettingsGate>
        {(settings, isReadOnly) => (
          <>
            <PlaceForm settings={settings} isReadOnly={isReadOnly} />
            <DnsForm settings={settings} isReadOnly={isReadOnly} />
            <DhcpForm settings={settings} isReadOnly={isReadOnly} />
            <ProxyForm settings={settings} isReadOnly={isReadOnly} />
            <WebForm settings={settings} isReadOnly={isReadOnly} />
          </>
        )}
      </SettingsGate>
    </Page>
  );
}

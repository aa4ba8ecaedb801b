// Where the box stands in the network and what it can see from there.
import { Alert, Code, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries";
import { Modes } from "../../components/Modes";
import { NetworkPicture } from "../../components/NetworkPicture";
import { Loaded } from "../../ui/Loaded";

export function ModesStep() {
  const { t } = useTranslation();
  const query = useQuery(queries.status);
  return (
    <Loaded query={query}>
      {({ network }) => (
        <Stack>
          <NetworkPicture network={network} />
          {!network.ipv6 && <Text size="sm">{t("wizard.modes.noIpv6")}</Text>}
          <Title order={2}>{t("modes.title")}</Title>
          <Modes now={network.mode} />
          <Alert color="blue" title={t("wizard.modes.changeTitle")}>
            {t("wizard.modes.change")} <Code>lachan.toml</Code> → <Code>[network] mode</Code>, <Code>lachan reload</Code>
          </Alert>
        </Stack>
      )}
    </Loaded>
  );
}

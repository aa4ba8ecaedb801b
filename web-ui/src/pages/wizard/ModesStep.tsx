// Where the box stands in the network, what it found there, and what it can see from there.
import { Button, Group, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries";
import { Findings } from "../../components/Findings";
import { Modes } from "../../components/Modes";
import { NetworkPicture } from "../../components/NetworkPicture";
import { Loaded } from "../../ui/Loaded";

// What the doctor says of the network: routers, who gives addresses, the box's own place.
const ABOUT_NETWORK = /network|dhcp|router|link|wall|firewall/;

export function ModesStep() {
  const { t } = useTranslation();
  const query = useQuery(queries.status);
  const doctor = useQuery(queries.doctor);
  return (
    <Loaded query={query}>
      {({ mode }) => (
        <Stack>
          <NetworkPicture mode={mode} address={globalThis.location.hostname} />
          <Title order={2}>{t("wizard.modes.found")}</Title>
          <Loaded query={doctor}>
            {({ findings }) => <Findings findings={findings.filter((finding) => ABOUT_NETWORK.test(finding.code))} />}
          </Loaded>
          <Title order={2}>{t("modes.title")}</Title>
          <Modes now={mode} />
          <Group>
            <Button variant="default" renderRoot={(props) => <Link {...props} to="/network" />}>
              {t("wizard.modes.change")}
            </Button>
          </Group>
        </Stack>
      )}
    </Loaded>
  );
}

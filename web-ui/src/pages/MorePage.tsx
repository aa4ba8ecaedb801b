// All pages, for phones, where the bar at the bottom holds the daily ones only.
import { Anchor, Stack, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SignOut } from "../components/SignOut";
import { useRole } from "../hooks/use-session";
import { navOf, SECTIONS } from "../nav";
import { Page } from "../ui/Page";
import { Row, Rows } from "../ui/Rows";

export function MorePage() {
  const { t } = useTranslation();
  const pages = navOf(useRole());
  return (
    <Page title={t("nav.all")} actions={<SignOut />}>
      {SECTIONS.map((section) => (
        <Stack key={section} gap="xs">
          <Title order={2}>{t(`nav.section.${section}`)}</Title>
          <Rows label={t(`nav.section.${section}`)}>
            {pages
              .filter((page) => page.section === section)
              .map((page) => (
                <Row
                  key={page.to}
                  title={
                    <Anchor component={Link} to={page.to} underline="never">
                      {t(`nav.${page.label}`)}
                    </Anchor>
                  }
                  below={t(`nav.about.${page.label}`)}
                />
              ))}
          </Rows>
        </Stack>
      ))}
    </Page>
  );
}

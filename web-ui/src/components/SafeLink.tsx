// The way to the page about safe search, from where people look for what a tier gets.
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

export function SafeLink() {
  const { t } = useTranslation();
  return (
    <Button component={Link} to="/safe-search" variant="default">
      {t("tiers.safe")}
    </Button>
  );
}

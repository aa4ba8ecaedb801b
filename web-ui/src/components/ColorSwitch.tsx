import { Button, Group, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";

const SCHEMES: readonly MantineColorScheme[] = ["auto", "light", "dark"];

export function ColorSwitch() {
  const { t } = useTranslation();
  // Stopping transitions meanwhile would take a style tag, which the CSP refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <Group gap={4} role="group" aria-label={t("account.colors")}>
      {SCHEMES.map((scheme) => (
        <Button
          key={scheme}
          size="compact-md"
          variant={scheme === colorScheme ? "filled" : "default"}
          aria-pressed={scheme === colorScheme}
          onClick={() => {
            setColorScheme(scheme);
          }}
        >
          {t(`account.scheme.${scheme}`)}
        </Button>
      ))}
    </Group>
  );
}

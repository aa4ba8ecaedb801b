// The frame of the pages before the door: signing in, the first account.
import { Container, Group, Paper, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Language } from "../api/types";
import { switchLanguage } from "../i18n";
import { LanguageSwitch } from "./LanguageSwitch";

export function Outside({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const choose = async (language: Language) => {
    await switchLanguage(language);
    await client.invalidateQueries();
  };
  return (
    <Container size={460} py="xl" component="main">
      <Stack gap="lg">
        <Group justify="space-between">
          <Group gap="xs">
            <img src="/favicon.svg" alt="" width="32" height="32" />
            <b>Lá Chắn</b>
          </Group>
          <LanguageSwitch onChange={(language) => void choose(language)} />
        </Group>
        <Paper p="lg">{children}</Paper>
      </Stack>
    </Container>
  );
}

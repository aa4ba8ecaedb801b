// The frame of the pages before the door: signing in, the first account.
import { Container, Group, Paper, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { LanguageSwitch } from "./LanguageSwitch";

export function Outside({ children }: { children: ReactNode }) {
  return (
    <Container size={460} py="xl" component="main">
      <Stack gap="lg">
        <Group justify="space-between">
          <Group gap="xs">
            <img src="/favicon.svg" alt="" width="32" height="32" />
            <b>Lá Chắn</b>
          </Group>
          <LanguageSwitch />
        </Group>
        <Paper p="lg">{children}</Paper>
      </Stack>
    </Container>
  );
}

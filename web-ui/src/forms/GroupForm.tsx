// What a teacher does for one of her groups: the group, what else is asked, and the way back. Stands in a dialog.
import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOwnGroups } from "../hooks/use-names";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";

interface Props {
  // The groups there are to choose from; the first is chosen.
  groups: readonly number[];
  label: string;
  // Where nothing has to be filled in, one tap does it.
  isReady?: boolean;
  change: { isPending: boolean; isError: boolean; error: Error | null };
  close: () => void;
  send: (group: number) => void;
  children: ReactNode;
}

export function GroupForm({ groups, label, isReady = false, change, close, send, children }: Props) {
  const { t } = useTranslation();
  const options = useOwnGroups().filter((group) => groups.includes(group.id));
  const [group, setGroup] = useState(String(groups[0] ?? ""));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(Number(group));
      }}
    >
      <Stack>
        <Choice
          label={t("pass.group")}
          value={group}
          options={options.map((entry) => ({ value: String(entry.id), label: entry.name }))}
          onChange={setGroup}
        />
        {children}
        {change.isError && <ErrorBox error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={change.isPending} {...(isReady && { "data-autofocus": true })}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

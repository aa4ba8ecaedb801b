// A backup's way onto a box: chosen and sent, opened and shown, confirmed; then the box begins again.
import { Alert, Button, Checkbox, Group, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Preview, RestoreWay } from "../api/types";
import { BackupChoice } from "../forms/BackupChoice";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { BackupPreview } from "./BackupPreview";

interface Props {
  way: RestoreWay;
  // What else has to be filled in before a file may be sent, and before it may be restored.
  before?: ReactNode;
  confirm?: ReactNode;
}

interface ConfirmProps {
  way: RestoreWay;
  preview: Preview;
  confirm: ReactNode;
  back: () => void;
}

function Confirm({ way, preview, confirm, back }: ConfirmProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [ownNetwork, setOwnNetwork] = useState(!preview.fits);
  const restore = useChange({
    run: () => way.restore(ownNetwork),
    stale: [],
    isQuiet: true,
    done: () => {
      void navigate({ to: "/back", search: { why: "restored" } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        restore.mutate(undefined);
      }}
    >
      <Stack>
        <BackupPreview preview={preview} />
        <Checkbox
          label={t("restore.ownNetwork")}
          description={preview.fits ? t("restore.ownNetworkHint") : t("restore.ownNetworkMust")}
          disabled={!preview.fits}
          checked={ownNetwork}
          onChange={(event) => {
            setOwnNetwork(event.currentTarget.checked);
          }}
        />
        <Alert color="red" title={t("restore.warning")}>
          {t("restore.what")}
        </Alert>
        {confirm}
        {restore.isError && <ErrorBox error={restore.error} />}
        <Group>
          <Button variant="default" onClick={back}>
            {t("restore.another")}
          </Button>
          <Button type="submit" color="red.9" loading={restore.isPending}>
            {t("restore.yes")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function RestoreSteps({ way, before, confirm }: Props) {
  const [preview, setPreview] = useState<Preview>();
  if (!preview) return <BackupChoice way={way} before={before} done={setPreview} />;
  return (
    <Confirm
      way={way}
      preview={preview}
      confirm={confirm}
      back={() => {
        setPreview(undefined);
      }}
    />
  );
}

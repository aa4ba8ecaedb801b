// A new box that takes a broken one's place: the code on its console proves that its owner is here.
import { Anchor, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { RestoreWay } from "../api/types";
import { Outside } from "../components/Outside";
import { RestoreSteps } from "../components/RestoreSteps";
import { Page } from "../ui/Page";
import { sendFile } from "../util/send-file";

function wayWith(code: string): RestoreWay {
  return {
    // What no header can carry is no code either.
    send: (file, progress) => sendFile("/setup/restore/file", file, { "X-Lachan-Code": code.replace(/[^\x21-\x7e]/g, "") }, progress),
    check: (passphrase) => ask(api.POST("/setup/restore/check", { body: { code, passphrase } })),
    restore: (own_network) => ask(api.POST("/setup/restore", { body: { code, own_network } })),
  };
}

export function SetupRestorePage() {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  return (
    <Outside>
      <Page title={t("restore.first")} lead={t("restore.firstHint")}>
        <RestoreSteps
          way={wayWith(code.trim())}
          before={
            <TextInput
              label={t("setup.code")}
              description={t("setup.codeHint")}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              required
              value={code}
              onChange={(event) => {
                setCode(event.currentTarget.value);
              }}
            />
          }
        />
        <Anchor renderRoot={(props) => <Link {...props} to="/setup" />}>{t("restore.firstBack")}</Anchor>
      </Page>
    </Outside>
  );
}

// A certificate with its key, pasted or from files. The key leaves this page with the form and is forgotten.
import { Button, FileButton, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { ApiProblem, fieldError } from "../api/errors";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { Fold } from "../ui/layout";
import { useToast } from "../ui/toast";

export function UploadCertificate({ place }: { place: "web" | "dns" }) {
  const { t } = useTranslation();
  const show = useToast();
  const [certificate, setCertificate] = useState("");
  const [key, setKey] = useState("");
  const put = useChange({
    run: () => ask(place === "web" ? api.PUT("/certificates/web", { body: { certificate, key } }) : api.PUT("/certificates/dns", { body: { certificate, key } })),
    stale: ["certificates", "settings", "settings-text", "status", "tokens"],
    isQuiet: true,
    done: () => {
      setCertificate("");
      setKey("");
      show({ text: t("certificates.upload.done") });
    },
  });
  const read = (set: (text: string) => void) => (file: File | null) => {
    if (file) void file.text().then(set);
  };
  const isToldByField = put.error instanceof ApiProblem && put.error.fields.length > 0;
  return (
    <Fold title={t("certificates.upload.title")} isOpen={put.isError}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate(undefined);
        }}
      >
        <Stack gap="sm" mt="sm">
          <Textarea
            label={t("certificates.upload.certificate")}
            description={t("certificates.upload.certificateHint")}
            required
            rows={5}
            spellCheck={false}
            value={certificate}
            error={fieldError(put.error, "certificate")}
            onChange={(event) => {
              setCertificate(event.currentTarget.value);
            }}
          />
          <Textarea
            label={t("certificates.upload.key")}
            description={t("certificates.upload.keyHint")}
            required
            rows={5}
            spellCheck={false}
            autoComplete="off"
            value={key}
            error={fieldError(put.error, "key")}
            onChange={(event) => {
              setKey(event.currentTarget.value);
            }}
          />
          <Group>
            <FileButton accept=".pem,.crt,.cer" onChange={read(setCertificate)}>
              {(props) => (
                <Button {...props} variant="default">
                  {t("certificates.upload.file")}
                </Button>
              )}
            </FileButton>
            <FileButton accept=".pem,.key" onChange={read(setKey)}>
              {(props) => (
                <Button {...props} variant="default">
                  {t("certificates.upload.keyFile")}
                </Button>
              )}
            </FileButton>
          </Group>
          {put.isError && !isToldByField && <ErrorBox error={put.error} />}
          <Group>
            <Button type="submit" loading={put.isPending}>
              {t("certificates.upload.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Fold>
  );
}

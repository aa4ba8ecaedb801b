// Everything the filter needs, checked one after the other, each with what to do about it.
import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { Findings } from "../components/Findings";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";

function Verdict({ isOk, isClear }: { isOk: boolean; isClear: boolean }) {
  const { t } = useTranslation();
  if (!isOk) return <Alert color="red" title={t("doctor.unwell")} />;
  return isClear ? <Alert color="teal" title={t("doctor.well")} /> : <Alert color="yellow" title={t("doctor.look")} />;
}

export function DoctorPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.doctor);
  return (
    <Page
      title={t("nav.doctor")}
      lead={t("doctor.lead")}
      actions={
        <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          {t("doctor.again")}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ ok, findings }) => (
          <>
            <Verdict isOk={ok} isClear={findings.every(({ severity }) => severity === "info")} />
            <Findings findings={findings} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

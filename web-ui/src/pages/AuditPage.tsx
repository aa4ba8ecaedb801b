// Every change, by whom and when. Nothing here can be altered.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { AuditRow } from "../components/AuditRow";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Rows } from "../ui/Rows";

export function AuditPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(queries.audit);
  return (
    <Page title={t("nav.audit")} lead={t("audit.lead")}>
      <LoadedList query={query} empty={<Empty title={t("overview.noChanges")} />}>
        {(items) => (
          <Rows label={t("nav.audit")}>
            {items.map((item) => (
              <AuditRow key={item.id} item={item} />
            ))}
          </Rows>
        )}
      </LoadedList>
    </Page>
  );
}

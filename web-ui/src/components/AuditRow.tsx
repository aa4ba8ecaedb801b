// One change, in words: who, what, about what, when.
import { useTranslation } from "react-i18next";
import type { AuditItem } from "../api/types";
import { Row } from "../ui/Rows";
import { moment } from "../util/format";

export function AuditRow({ item }: { item: AuditItem }) {
  const { t, i18n } = useTranslation();
  // The box may know more acts than this UI was built with; then its own word is shown.
  const key = `audit.act.${item.act}`;
  const act = i18n.exists(key) ? t(key as "audit.act.add-group") : item.act;
  return (
    <Row
      title={`${act}: ${item.subject}`}
      below={
        <>
          {item.author}
          {" · "}
          {item.at == null ? t("state.timeUnknown") : moment(item.at)}
          {item.detail != null && item.detail !== "" && ` · ${item.detail}`}
        </>
      }
    />
  );
}

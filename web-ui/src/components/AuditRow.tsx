// One change, in words: who, what, about what, when; before and after on demand.
import { useTranslation } from "react-i18next";
import type { AuditItem } from "../api/types";
import { Fold } from "../ui/layout";
import { Row } from "../ui/Rows";
import { type Change, changesOf } from "../util/changes";
import { moment } from "../util/format";

// A word of this UI for one of the box, which may know more of them; then its own is shown.
function useWord(group: "act" | "key"): (word: string) => string {
  const { t, i18n } = useTranslation();
  return (word) => {
    const key = `audit.${group}.${word}`;
    return i18n.exists(key) ? t(key as "audit.act.add-group") : word;
  };
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  const word = useWord("key");
  return (
    <Fold title={t("audit.beforeAfter")} isOpen={false}>
      {changes.map((change) => (
        <div key={change.key}>
          {word(change.key)}: {change.before} → <b>{change.after}</b>
        </div>
      ))}
    </Fold>
  );
}

export function AuditRow({ item }: { item: AuditItem }) {
  const { t } = useTranslation();
  const act = useWord("act");
  const changes = changesOf(item.detail);
  return (
    <Row
      title={`${act(item.act)}: ${item.subject}`}
      below={
        <>
          {item.author}
          {" · "}
          {item.at == null ? t("state.timeUnknown") : moment(item.at)}
          {changes.length > 0 && <Changes changes={changes} />}
        </>
      }
    />
  );
}

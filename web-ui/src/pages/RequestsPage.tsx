// What pupils ask for, and what teachers ask the administrator for. Two taps on a phone: this page, then "open until the bell".
import { Anchor, Button, SegmentedControl, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Request } from "../api/types";
import { AnswerMore, canOpen } from "../components/AnswerMore";
import { useAnswer } from "../hooks/use-answer";
import { useCategoryName } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";

const STATES = ["open", "forwarded", "opened", "refused"] as const;

function Answers({ request }: { request: Request }) {
  const { t } = useTranslation();
  const isAdmin = useRole() === "admin";
  const answer = useAnswer();
  if (request.state === "forwarded" && !isAdmin) return <Text size="sm">{t("requests.state.forwarded")}</Text>;
  return (
    <>
      {canOpen(request) && (
        <Button
          loading={answer.isPending}
          aria-label={t("requests.openNamed", { name: request.name, group: request.group_name })}
          onClick={() => {
            answer.mutate({ request, form: { answer: "open", until: "bell" } });
          }}
        >
          {t("requests.open")}
        </Button>
      )}
      <AnswerMore request={request} />
    </>
  );
}

function Answered({ request }: { request: Request }) {
  const { t } = useTranslation();
  const state = STATES.find((known) => known === request.state);
  return (
    <Text size="sm">
      <b>{state ? t(`requests.state.${state}`) : request.state}</b>
      {request.answered_by != null && ` · ${request.answered_by}`}
      {request.answered_at != null && ` · ${moment(request.answered_at)}`}
    </Text>
  );
}

const WHYS = ["lesson", "homework", "mistake", "other"] as const;

// What the pupil chose on the block page.
function useWhy(): (id: string) => string {
  const { t } = useTranslation();
  return (id) => {
    const known = WHYS.find((entry) => entry === id);
    return known ? t(`requests.whys.${known}`) : id;
  };
}

function RequestRow({ request }: { request: Request }) {
  const { t } = useTranslation();
  const categoryName = useCategoryName();
  const why = useWhy();
  const isOpen = request.state === "open" || request.state === "forwarded";
  return (
    <Row
      title={
        <Anchor renderRoot={(props) => <Link {...props} to="/blocks/$name" params={{ name: request.name }} />}>{request.name}</Anchor>
      }
      below={
        <>
          {request.group_name ?? t("blocks.noGroup")} · {moment(request.asked_at)}
          {request.count > 1 && ` · ${t("requests.count", { count: request.count })}`}
          {request.category != null && ` · ${categoryName(request.category)}`}
          {request.asked_by != null && <Text c="var(--mantine-color-text)">{t("requests.askedBy", { name: request.asked_by, reason: request.reason ?? "" })}</Text>}
          {request.why != null && <Text c="var(--mantine-color-text)">{why(request.why)}</Text>}
          {request.note != null && <Text>{t("requests.note", { note: request.note })}</Text>}
          {isOpen && !canOpen(request) && <Text c="var(--mantine-color-text)">{t("requests.noGroup")}</Text>}
        </>
      }
      side={isOpen ? <Answers request={request} /> : <Answered request={request} />}
    />
  );
}

export function RequestsPage() {
  const { t } = useTranslation();
  const { state = "open" } = useSearch({ from: "/shell/requests" });
  const navigate = useNavigate({ from: "/requests" });
  const query = useInfiniteQuery(queries.requests(state));
  return (
    <Page title={t("nav.requests")} lead={t("requests.lead")}>
      <SegmentedControl
        aria-label={t("requests.which")}
        value={state}
        onChange={(value) => void navigate({ search: value === "answered" ? { state: "answered" } : {}, replace: true })}
        data={[
          { value: "open", label: t("requests.waiting") },
          { value: "answered", label: t("requests.answered") },
        ]}
      />
      <LoadedList
        query={query}
        empty={<Empty title={t(`requests.empty.${state}`)}>{state === "open" && t("requests.emptyHint")}</Empty>}
      >
        {(items) => (
          <Rows label={t("nav.requests")}>
            {items.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </Rows>
        )}
      </LoadedList>
    </Page>
  );
}

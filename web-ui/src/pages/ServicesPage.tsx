// One switch for each service: as the table says, always open, always closed.
import { Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { Service } from "../api/types";
import { useChange } from "../hooks/use-change";
import { useCategoryName } from "../hooks/use-names";
import { Choice } from "../ui/Choice";
import { Fields } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { useToast } from "../ui/toast";
import { tidy } from "../util/search";

type State = "default" | "allow" | "block";
const STATES: readonly State[] = ["default", "allow", "block"];

interface Input {
  service: Service;
  state: State;
}

// The switch for the whole school; those of single groups are exceptions like others.
function stateOf(service: Service): State {
  return service.switches.find((made) => made.group == null)?.action ?? "default";
}

function usePut() {
  const { t } = useTranslation();
  return useChange({
    run: ({ service: { id }, state }: Input) => {
      const body = state === "default" ? { action: null } : { action: state, reason: t("services.reason") };
      return ask(api.PUT("/services/{id}", { params: { path: { id } }, body }));
    },
    stale: ["services", "exceptions", "overview"],
  });
}

function ServiceRow({ service }: { service: Service }) {
  const { t } = useTranslation();
  const show = useToast();
  const put = usePut();
  const undo = usePut();
  const categoryName = useCategoryName();
  const before = stateOf(service);
  const choose = (state: State) => {
    put.mutate(
      { service, state },
      {
        onSuccess: (changed) => {
          show({
            text: t("services.changed", { name: service.name, state: t(`services.state.${state}`) }),
            action: {
              label: t("action.undo"),
              run: () => {
                undo.mutate({ service: changed, state: before });
              },
            },
          });
        },
      },
    );
  };
  return (
    <Row
      title={service.name}
      below={service.category != null && categoryName(service.category)}
      side={
        <Choice
          ariaLabel={t("services.stateOf", { name: service.name })}
          value={before}
          disabled={put.isPending}
          options={STATES.map((state) => ({ value: state, label: t(`services.state.${state}`) }))}
          onChange={choose}
        />
      }
    />
  );
}

export function ServicesPage() {
  const { t } = useTranslation();
  const { find = "", category } = useSearch({ from: "/shell/services" });
  const navigate = useNavigate({ from: "/services" });
  const query = useQuery(queries.services);
  const categoryName = useCategoryName();
  const set = (change: { find?: string | undefined; category?: string | undefined }) => {
    void navigate({ search: (before) => tidy({ ...before, ...change }), replace: true });
  };
  const items = query.data?.items ?? [];
  const categories = [...new Set(items.flatMap((service) => service.category ?? []))];
  const shown = items.filter(
    (service) =>
      (category === undefined || service.category === category) && service.name.toLowerCase().includes(find.toLowerCase()),
  );
  return (
    <Page title={t("nav.services")} lead={t("services.lead")}>
      <Fields>
        <TextInput
          type="search"
          label={t("services.find")}
          value={find}
          onChange={(event) => {
            set({ find: event.currentTarget.value || undefined });
          }}
        />
        <Choice
          label={t("policy.category")}
          value={category ?? ""}
          options={[{ value: "", label: t("blocks.all") }, ...categories.map((id) => ({ value: id, label: categoryName(id) }))]}
          onChange={(value) => {
            set({ category: value || undefined });
          }}
        />
      </Fields>
      <Loaded query={query}>
        {() =>
          shown.length === 0 ? (
            <Empty title={t("services.none")} />
          ) : (
            <>
              <Text size="sm" c="dimmed">
                {t("services.count", { shown: shown.length })}
              </Text>
              <Rows label={t("nav.services")}>
                {shown.map((service) => (
                  <ServiceRow key={service.id} service={service} />
                ))}
              </Rows>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

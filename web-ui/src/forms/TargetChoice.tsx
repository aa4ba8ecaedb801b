// What is opened or closed: a name, a service, or a whole category.
import { SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { fieldError } from "../api/errors";
import { queries } from "../api/queries";
import type { Target } from "../api/types";
import { Choice } from "../ui/Choice";
import { hostOf } from "../util/host";

const KINDS = ["name", "service", "category"] as const;
// What passes and exceptions call the field.
const FIELDS = ["target.name", "target", "about", "name"];
type Kind = (typeof KINDS)[number];

function kindOf(target: Target): Kind {
  return KINDS.find((kind) => target[kind] != null) ?? "name";
}

interface Props {
  value: Target;
  onChange: (value: Target) => void;
  error: unknown;
}

function NameInput({ value, onChange, error }: Props) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t("target.nameLabel")}
      description={t("target.nameHint")}
      required
      inputMode="url"
      autoCapitalize="none"
      spellCheck={false}
      value={value.name ?? ""}
      error={FIELDS.map((field) => fieldError(error, field)).find((message) => message !== undefined)}
      onChange={(event) => {
        onChange({ name: event.currentTarget.value });
      }}
      onBlur={() => {
        // A pasted address becomes the name in it, before anybody is told that it is none.
        const host = hostOf(value.name ?? "");
        if (host !== undefined && host !== value.name) onChange({ name: host });
      }}
    />
  );
}

export function TargetChoice(props: Props) {
  const { t } = useTranslation();
  const { value, onChange } = props;
  const services = useQuery(queries.services).data?.items ?? [];
  const categories = useQuery(queries.categories).data?.items ?? [];
  const kind = kindOf(value);
  const options = (kind === "service" ? services : categories).map(({ id, name }) => ({ value: id, label: name }));
  const start = (next: Kind) => {
    const first = { name: "", service: services[0]?.id ?? "", category: categories[0]?.id ?? "" };
    onChange({ [next]: first[next] });
  };
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label={t("target.kind")}
        value={kind}
        onChange={(next) => {
          start(KINDS.find((entry) => entry === next) ?? "name");
        }}
        data={KINDS.map((entry) => ({ value: entry, label: t(`target.kinds.${entry}`) }))}
      />
      {kind === "name" ? (
        <NameInput {...props} />
      ) : (
        <Choice
          label={t(`target.kinds.${kind}`)}
          value={value[kind] ?? ""}
          options={options}
          onChange={(id) => {
            onChange({ [kind]: id });
          }}
        />
      )}
    </Stack>
  );
}

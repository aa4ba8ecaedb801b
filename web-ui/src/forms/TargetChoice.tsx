// What is opened or closed: a name, a service, or a whole category.
import { SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { fieldError } from "../api/errors";
import { queries } from "../api/queries";
import type { Target } from "../api/types";
import { Choice } from "../ui/Choice";
import { hostOf } from "../util/host";
import { type Kind, KINDS, partsOf, targetAs } from "../util/target";

// What passes and exceptions call the field.
const FIELDS = ["target.name", "target", "about", "name"];

interface Props {
  value: Target;
  onChange: (value: Target) => void;
  error: unknown;
}

function NameInput({ value, onChange, error }: Props) {
  const { t } = useTranslation();
  const name = partsOf(value).id;
  return (
    <TextInput
      label={t("target.nameLabel")}
      description={t("target.nameHint")}
      required
      inputMode="url"
      autoCapitalize="none"
      spellCheck={false}
      value={name}
      error={FIELDS.map((field) => fieldError(error, field)).find((message) => message !== undefined)}
      onChange={(event) => {
        onChange({ name: event.currentTarget.value });
      }}
      onBlur={() => {
        // A pasted address becomes the name in it, before anybody is told that it is none.
        const host = hostOf(name);
        if (host !== undefined && host !== name) onChange({ name: host });
      }}
    />
  );
}

export function TargetChoice(props: Props) {
  const { t } = useTranslation();
  const { value, onChange } = props;
  const services = useQuery(queries.services).data?.items ?? [];
  const categories = useQuery(queries.categories).data?.items ?? [];
  const { kind, id: chosen } = partsOf(value);
  const options = (kind === "service" ? services : categories).map(({ id, name }) => ({ value: id, label: name }));
  const start = (next: Kind) => {
    const first = { name: "", service: services[0]?.id ?? "", category: categories[0]?.id ?? "" };
    onChange(targetAs(next, first[next]));
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
          value={chosen}
          options={options}
          onChange={(id) => {
            onChange(targetAs(kind, id));
          }}
        />
      )}
    </Stack>
  );
}

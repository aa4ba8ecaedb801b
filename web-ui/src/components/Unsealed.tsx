// Something encrypted to the counsellor, opened in her browser while it is looked at.
import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { open } from "../util/sealing";

interface Props {
  sealed: string;
  identity: string;
  children: (text: string) => ReactNode;
}

export function Unsealed({ sealed, identity, children }: Props) {
  const { t } = useTranslation();
  // Not kept when nobody looks: `gcTime` 0.
  const text = useQuery({ queryKey: ["unsealed", sealed], queryFn: () => open(sealed, identity), gcTime: 0, staleTime: Infinity, retry: false });
  if (text.isError) return <Text c="red.9">{t("counsel.cannotOpen")}</Text>;
  return text.data === undefined ? <Skeleton h={40} /> : <>{children(text.data)}</>;
}

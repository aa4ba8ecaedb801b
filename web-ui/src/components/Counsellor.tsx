// What stands before everything that is encrypted: a key that is made, and one that is unlocked.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { setIdentity, useIdentity } from "../hooks/use-identity";
import { Loaded } from "../ui/Loaded";
import { KeySetup } from "./KeySetup";
import { KeyUnlock } from "./KeyUnlock";

export interface Keys {
  identity: string;
  recipient: string;
}

export function Counsellor({ children }: { children: (keys: Keys) => ReactNode }) {
  const identity = useIdentity();
  const key = useQuery(queries.counsellorKey);
  return (
    <Loaded query={key}>
      {({ recipient, wrapped_identity: wrapped }) => {
        if (recipient == null || wrapped == null) return <KeySetup />;
        if (identity === undefined) return <KeyUnlock recipient={recipient} wrapped={wrapped} />;
        return children({ identity, recipient });
      }}
    </Loaded>
  );
}

export function LockButton() {
  const { t } = useTranslation();
  if (useIdentity() === undefined) return null;
  return (
    <Button
      variant="default"
      onClick={() => {
        setIdentity(undefined);
      }}
    >
      {t("counsel.lock")}
    </Button>
  );
}

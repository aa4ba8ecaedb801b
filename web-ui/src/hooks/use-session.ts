// Who is signed in. Inside the shell somebody always is: the route sees to that.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { queries } from "../api/queries";
import type { Account, Role, Session } from "../api/types";

export function useSession(): Session | undefined {
  return useQuery(queries.session).data;
}

export function useAccount(): Account {
  const account = useSession()?.account;
  if (!account) throw new Error("a page of the shell without an account");
  return account;
}

export function useRole(): Role {
  return useAccount().role;
}

// Called with what signing in, changing the account or signing out answered.
export function useSetSession(): (session: Session) => void {
  const client = useQueryClient();
  return (session) => {
    client.setQueryData(queries.session.queryKey, session);
  };
}

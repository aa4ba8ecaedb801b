// What surrounds all pages: theme, cache of answers, messages, router.
import "@mantine/core/styles.css";
import "virtual:theme.css";
import "./app.css";
import { MantineProvider } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ApiProblem } from "./api/errors";
import { queries } from "./api/queries";
import { setIdentity } from "./hooks/use-identity";
import { makeRouter } from "./routes";
import { theme } from "./theme";
import { Toasts } from "./ui/Toasts";

// The session ended, or something has to be done before all else: the router knows which page that is.
const ASK_AGAIN = ["signed-out", "password-change-required", "totp-setup-required"];

function makeClient(): QueryClient {
  // Reading or changing: whoever is told so is nobody here any more, and the inbox is not for the next one.
  const onError = (error: Error) => {
    if (error instanceof ApiProblem && ASK_AGAIN.includes(error.code)) {
      setIdentity(undefined);
      client.removeQueries({ queryKey: queries.session.queryKey });
      void router.invalidate();
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // An answer "no" stays one; silence is worth another try.
        retry: (count, error) => !(error instanceof ApiProblem) && count < 2,
        staleTime: 5_000,
        // The box is in this network: a device that believes to be offline, because the line is down, reaches it all the same.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}

const client = makeClient();
const router = makeRouter(client);

export function App() {
  return (
    // Variables and classes stand in static style sheets: the CSP allows no others.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={client}>
        <Toasts>
          <RouterProvider router={router} />
        </Toasts>
      </QueryClientProvider>
    </MantineProvider>
  );
}

// All pages, what their addresses may hold, and who is sent elsewhere. Each page is a chunk of its own.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { queries } from "./api/queries";
import { type Session, TIERS } from "./api/types";
import { Lost, RouteError } from "./components/Lost";
import { Shell } from "./components/Shell";
import { Waiting } from "./ui/Loaded";
import { intIn, manyIn, oneOfIn, textIn, tidy } from "./util/search";

interface Context {
  client: QueryClient;
}

// Who is there: asked once, until something changes it.
function sessionOf({ client }: Context): Promise<Session> {
  return client.query({ ...queries.session, staleTime: "static" });
}

export const BACK_AS = ["restored", "undone", "reset"] as const;
export const SHEETS = ["poster", "parents"] as const;
export const WIZARD_STEPS = ["school", "groups", "modes", "test", "sheet"] as const;

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: Lost });

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async ({ context }) => {
    const session = await sessionOf(context);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way
    if (session.state !== "setup") throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("./pages/SetupPage"), "SetupPage"),
});

const setupRestore = createRoute({
  getParentRoute: () => root,
  path: "/setup/restore",
  beforeLoad: async ({ context }) => {
    const session = await sessionOf(context);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way
    if (session.state !== "setup") throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("./pages/SetupRestorePage"), "SetupRestorePage"),
});

// While the box begins again: no other page may ask it for anything meanwhile.
const back = createRoute({
  getParentRoute: () => root,
  path: "/back",
  validateSearch: (raw: Record<string, unknown>) => tidy({ why: oneOfIn(raw, "why", BACK_AS) }),
  component: lazyRouteComponent(() => import("./pages/BackPage"), "BackPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Record<string, unknown>): { to?: string } => {
    const to = textIn(raw, "to");
    // Only places on this box.
    return to?.startsWith("/") === true && !to.startsWith("//") ? { to } : {};
  },
  beforeLoad: async ({ context }) => {
    const session = await sessionOf(context);
    /* eslint-disable @typescript-eslint/only-throw-error -- the router's way */
    if (session.state === "setup") throw redirect({ to: "/setup" });
    if (session.state === "signed-in") throw redirect({ to: "/" });
    /* eslint-enable @typescript-eslint/only-throw-error */
  },
  component: lazyRouteComponent(() => import("./pages/SignInPage"), "SignInPage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    const session = await sessionOf(context);
    /* eslint-disable @typescript-eslint/only-throw-error -- the router's way */
    if (session.state === "setup") throw redirect({ to: "/setup" });
    if (!session.account) throw redirect({ to: "/sign-in", search: location.pathname === "/" ? {} : { to: location.href } });
    const mustAct = session.account.must_change_password || (session.totp_required && !session.account.totp);
    if (mustAct && location.pathname !== "/account") throw redirect({ to: "/account" });
    /* eslint-enable @typescript-eslint/only-throw-error */
  },
  component: Shell,
});

const page = { getParentRoute: () => shell };

const pages = [
  createRoute({
    ...page,
    path: "/",
    component: lazyRouteComponent(() => import("./pages/OverviewPage"), "OverviewPage"),
  }),
  createRoute({
    ...page,
    path: "/blocks",
    validateSearch: (raw: Record<string, unknown>) =>
      tidy({
        group: intIn(raw, "group"),
        category: textIn(raw, "category"),
        channel: textIn(raw, "channel"),
        from: intIn(raw, "from"),
        to: intIn(raw, "to"),
        lesson: oneOfIn(raw, "lesson", ["current"]),
      }),
    component: lazyRouteComponent(() => import("./pages/BlocksPage"), "BlocksPage"),
  }),
  createRoute({
    ...page,
    path: "/blocks/$name",
    component: lazyRouteComponent(() => import("./pages/NamePage"), "NamePage"),
  }),
  createRoute({
    ...page,
    path: "/requests",
    validateSearch: (raw: Record<string, unknown>) => tidy({ state: oneOfIn(raw, "state", ["answered"]) }),
    component: lazyRouteComponent(() => import("./pages/RequestsPage"), "RequestsPage"),
  }),
  createRoute({
    ...page,
    path: "/passes",
    component: lazyRouteComponent(() => import("./pages/PassesPage"), "PassesPage"),
  }),
  createRoute({
    ...page,
    path: "/reports",
    component: lazyRouteComponent(() => import("./pages/ReportsPage"), "ReportsPage"),
  }),
  createRoute({
    ...page,
    path: "/reports/$id/sheet",
    component: lazyRouteComponent(() => import("./pages/SheetPage"), "SheetPage"),
  }),
  createRoute({
    ...page,
    path: "/alerts",
    component: lazyRouteComponent(() => import("./pages/AlertsPage"), "AlertsPage"),
  }),
  createRoute({
    ...page,
    path: "/groups",
    component: lazyRouteComponent(() => import("./pages/GroupsPage"), "GroupsPage"),
  }),
  createRoute({
    ...page,
    path: "/groups/new",
    component: lazyRouteComponent(() => import("./pages/GroupPage"), "NewGroupPage"),
  }),
  createRoute({
    ...page,
    path: "/groups/$id",
    component: lazyRouteComponent(() => import("./pages/GroupPage"), "GroupPage"),
  }),
  createRoute({
    ...page,
    path: "/exceptions",
    validateSearch: (raw: Record<string, unknown>) =>
      tidy({ name: textIn(raw, "name"), group: intIn(raw, "group") }),
    component: lazyRouteComponent(() => import("./pages/ExceptionsPage"), "ExceptionsPage"),
  }),
  createRoute({
    ...page,
    path: "/tiers",
    validateSearch: (raw: Record<string, unknown>) => tidy({ tier: oneOfIn(raw, "tier", TIERS) }),
    component: lazyRouteComponent(() => import("./pages/TiersPage"), "TiersPage"),
  }),
  createRoute({
    ...page,
    path: "/services",
    validateSearch: (raw: Record<string, unknown>) =>
      tidy({ find: textIn(raw, "find"), category: textIn(raw, "category") }),
    component: lazyRouteComponent(() => import("./pages/ServicesPage"), "ServicesPage"),
  }),
  createRoute({
    ...page,
    path: "/lists",
    component: lazyRouteComponent(() => import("./pages/ListsPage"), "ListsPage"),
  }),
  createRoute({
    ...page,
    path: "/lists/try",
    component: lazyRouteComponent(() => import("./pages/TrialPage"), "TrialPage"),
  }),
  createRoute({
    ...page,
    path: "/safe-search",
    component: lazyRouteComponent(() => import("./pages/SafePage"), "SafePage"),
  }),
  createRoute({
    ...page,
    path: "/why",
    validateSearch: (raw: Record<string, unknown>) =>
      tidy({ name: textIn(raw, "name"), group: intIn(raw, "group"), address: textIn(raw, "address") }),
    component: lazyRouteComponent(() => import("./pages/WhyPage"), "WhyPage"),
  }),
  createRoute({
    ...page,
    path: "/status",
    component: lazyRouteComponent(() => import("./pages/StatusPage"), "StatusPage"),
  }),
  createRoute({
    ...page,
    path: "/doctor",
    component: lazyRouteComponent(() => import("./pages/DoctorPage"), "DoctorPage"),
  }),
  createRoute({
    ...page,
    path: "/school",
    component: lazyRouteComponent(() => import("./pages/SchoolPage"), "SchoolPage"),
  }),
  createRoute({
    ...page,
    path: "/network",
    component: lazyRouteComponent(() => import("./pages/NetworkPage"), "NetworkPage"),
  }),
  createRoute({
    ...page,
    path: "/settings",
    component: lazyRouteComponent(() => import("./pages/SettingsPage"), "SettingsPage"),
  }),
  createRoute({
    ...page,
    path: "/certificates",
    component: lazyRouteComponent(() => import("./pages/CertificatesPage"), "CertificatesPage"),
  }),
  createRoute({
    ...page,
    path: "/accounts",
    component: lazyRouteComponent(() => import("./pages/AccountsPage"), "AccountsPage"),
  }),
  createRoute({
    ...page,
    path: "/audit",
    component: lazyRouteComponent(() => import("./pages/AuditPage"), "AuditPage"),
  }),
  createRoute({
    ...page,
    path: "/backup",
    component: lazyRouteComponent(() => import("./pages/BackupPage"), "BackupPage"),
  }),
  createRoute({
    ...page,
    path: "/restore",
    component: lazyRouteComponent(() => import("./pages/RestorePage"), "RestorePage"),
  }),
  createRoute({
    ...page,
    path: "/reset",
    component: lazyRouteComponent(() => import("./pages/ResetPage"), "ResetPage"),
  }),
  createRoute({
    ...page,
    path: "/notice",
    component: lazyRouteComponent(() => import("./pages/NoticePage"), "NoticePage"),
  }),
  createRoute({
    ...page,
    path: "/paper",
    validateSearch: (raw: Record<string, unknown>) => tidy({ sheet: oneOfIn(raw, "sheet", SHEETS) }),
    component: lazyRouteComponent(() => import("./pages/PaperPage"), "PaperPage"),
  }),
  createRoute({
    ...page,
    path: "/account",
    component: lazyRouteComponent(() => import("./pages/AccountPage"), "AccountPage"),
  }),
  createRoute({
    ...page,
    path: "/wizard",
    validateSearch: (raw: Record<string, unknown>) => tidy({ step: oneOfIn(raw, "step", WIZARD_STEPS), levels: manyIn(raw, "levels", TIERS) }),
    component: lazyRouteComponent(() => import("./pages/WizardPage"), "WizardPage"),
  }),
  createRoute({
    ...page,
    path: "/more",
    component: lazyRouteComponent(() => import("./pages/MorePage"), "MorePage"),
  }),
] as const;

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([setup, setupRestore, back, signIn, shell.addChildren(pages)]),
    context: { client },
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: Lost,
    defaultPendingComponent: Waiting,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

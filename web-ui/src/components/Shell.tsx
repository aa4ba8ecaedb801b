// What stands around every page: the school, who is signed in, the ways to all pages. At the side on a desk, at the
// bottom on a phone.
import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { useAccountLanguage } from "../hooks/use-account-language";
import { useLive } from "../hooks/use-live";
import { useAccount, useSession } from "../hooks/use-session";
import { type NavPage, navOf, SECTIONS } from "../nav";
import { Icon } from "../ui/Icon";
import { number } from "../util/format";
import { PendingChange } from "./PendingChange";
import classes from "./Shell.module.css";

// What waits behind a page: requests, or reports that nobody has seen.
function useWaiting(page: NavPage): number {
  const open = useQuery(queries.overview).data?.open;
  if (page.to === "/requests") return open?.requests ?? 0;
  return page.to === "/reports" ? (open?.reports ?? 0) : 0;
}

function NavLink({ page }: { page: NavPage }) {
  const { t } = useTranslation();
  const open = useWaiting(page);
  return (
    <Link to={page.to} className={classes.link} activeOptions={{ exact: page.to === "/" }}>
      {page.icon && (
        <span className={classes.icon}>
          <Icon name={page.icon} />
        </span>
      )}
      <span>{t(`nav.${page.label}`)}</span>
      {open > 0 && (
        <Badge color="red.9" size="sm" circle={open < 10} aria-label={t("nav.waiting", { count: open })}>
          {number(open)}
        </Badge>
      )}
    </Link>
  );
}

function Side({ pages }: { pages: readonly NavPage[] }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.side} aria-label={t("nav.all")}>
      {SECTIONS.map((section) => (
        <div key={section} className={classes.section}>
          <div className={classes.heading}>{t(`nav.section.${section}`)}</div>
          {pages
            .filter((page) => page.section === section)
            .map((page) => (
              <NavLink key={page.to} page={page} />
            ))}
        </div>
      ))}
    </nav>
  );
}

function Bottom({ pages }: { pages: readonly NavPage[] }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.bottom} aria-label={t("nav.main")}>
      {pages
        .filter((page) => page.icon)
        .map((page) => (
          <NavLink key={page.to} page={page} />
        ))}
      <Link to="/more" className={classes.link}>
        <span className={classes.icon}>
          <Icon name="more" />
        </span>
        <span>{t("nav.more")}</span>
      </Link>
    </nav>
  );
}

export function Shell() {
  const { t } = useTranslation();
  const account = useAccount();
  const session = useSession();
  useLive();
  useAccountLanguage();
  const pages = navOf(account.role);
  // Who has to complete her account first may ask for nothing else.
  const isComplete = !account.must_change_password && (account.totp || session?.totp_required !== true);
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        {t("nav.skip")}
      </a>
      <header className={classes.top}>
        <Link to="/" className={classes.brand}>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>
            <b>Lá Chắn</b>
            <span className={classes.school}>{session?.school ?? ""}</span>
          </span>
        </Link>
        <Link to="/account" className={classes.person}>
          <Icon name="person" />
          <span>{account.display_name}</span>
        </Link>
      </header>
      <Side pages={pages} />
      <main id="main" className={classes.main} tabIndex={-1}>
        {account.role === "admin" && isComplete && <PendingChange />}
        <Outlet />
      </main>
      <Bottom pages={pages} />
    </div>
  );
}

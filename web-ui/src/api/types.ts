// Names for the shapes of the API. The shapes themselves come from the server's OpenAPI file.
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type { Account, Session } from "./shape";
export type AccountForm = Schemas["AccountWish"];
export type Action = Schemas["ActionId"];
export type Alert = Schemas["Alert"];
export type AnswerForm = Schemas["AnswerForm"];
export type AskForm = Schemas["AskForm"];
export type AuditItem = Schemas["AuditItem"];
export type BackupMade = Schemas["BackupMade"];
export type BoxView = Schemas["BoxView"];
export type Ready = Schemas["Ready"];
export type Block = Schemas["BlockView"];
export type Category = Schemas["CategoryView"];
export type Cell = Schemas["CellView"];
export type Exception = Schemas["ExceptionView"];
export type ExceptionForm = Schemas["ExceptionWish"];
export type Finding = Schemas["Finding"];
// What everybody may know of a group, and what administrators see.
export type Group = Schemas["GroupItem"];
export type WholeGroup = Schemas["GroupView"];
export type Language = Schemas["LanguageTag"];
export type Lock = "department" | "school" | "teacher";
export type Mode = Schemas["ModeId"];
export type NameDetail = Schemas["NameView"];
export type Overview = Schemas["Overview"];
export type Pass = Schemas["Pass"];
export type PassForm = Schemas["PassForm"];
export type Period = Schemas["PeriodView"];
export type Preview = Schemas["Preview"];
export type Report = Schemas["Report"];
export type Request = Schemas["Request"];
export type Role = Schemas["RoleId"];
export type Service = Schemas["ServiceView"];
export type Interface = Schemas["Interface"];
export type Mistake = Schemas["MistakeView"];
export type Settings = Schemas["SettingsView"];
export type SettingsParts = Schemas["Parts"];
export type Saved = Schemas["SavedView"];
export type DnsWays = Schemas["DnsWays"];
export type NewToken = Schemas["NewToken"];
export type TokenView = Schemas["TokenView"];
export type Certificate = Schemas["CertificateView"];
export type Certificates = Schemas["Certificates"];
export type SafeCheck = Schemas["SafeCheck"];
export type SafeEngine = Schemas["SafeEngine"];
export type SafeState = Schemas["SafeState"];
export type Side = "management" | "staff" | "pupils";
export type { Status } from "./status";
export type Target = Schemas["Target"];
export type Tier = Schemas["TierView"];
export type TierId = Schemas["TierId"];
export type Totp = Schemas["TotpOffer"];
export type TrialCount = Schemas["TrialCount"];
export type TrialEffect = Schemas["TrialEffect"];
export type Until = Schemas["Until"];
export type Verdict = Schemas["VerdictView"];
export type WentBack = Schemas["WentBackView"];
export type Why = Schemas["WhyView"];
export type WhyStep = Schemas["WhyStep"];

export type BlockFilter = NonNullable<paths["/blocks"]["get"]["parameters"]["query"]>;

// How a backup reaches the box: from an administrator, or from whoever holds the first-run code.
export interface RestoreWay {
  // `progress` is told shares from 0 to 1.
  send: (file: File, progress: (share: number) => void) => Promise<void>;
  check: (passphrase: string) => Promise<Preview>;
  restore: (ownNetwork: boolean) => Promise<unknown>;
}

export const TIERS: readonly TierId[] = ["mam-non", "tieu-hoc", "thcs", "thpt", "staff"];
export const ROLES: readonly Role[] = ["admin", "teacher", "counsellor", "principal", "inspector"];
export const LOCKS: readonly Lock[] = ["department", "school", "teacher"];
export const ACTIONS: readonly Action[] = ["allow", "restrict", "block"];

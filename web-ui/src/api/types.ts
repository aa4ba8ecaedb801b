// Names for the shapes of the API. The shapes themselves come from the server's OpenAPI file.
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type { Account, Session } from "./shape";
export type AccountForm = Schemas["AccountWish"];
export type Action = Schemas["Action"];
export type Answer = Schemas["Answer"];
export type AnswerForm = Schemas["AnswerForm"];
export type AuditItem = Schemas["AuditItem"];
export type Block = Schemas["Block"];
export type Category = Schemas["Category"];
export type Cell = Schemas["Cell"];
export type DoctorFinding = Schemas["Doctor"]["findings"][number];
export type Code = Schemas["Code"];
export type Exception = Schemas["Exception"];
export type ExceptionForm = Schemas["ExceptionForm"];
export type Finding = Schemas["Finding"];
export type Group = Schemas["Group"];
export type GroupForm = Schemas["GroupForm"];
export type Language = Schemas["LanguageTag"];
export type Lock = Schemas["Lock"];
export type Mode = Schemas["Mode"];
export type NameDetail = Schemas["NameDetail"];
export type Overview = Schemas["Overview"];
export type Pass = Schemas["Pass"];
export type PassForm = Schemas["PassForm"];
export type Period = Schemas["Period"];
export type Request = Schemas["Request"];
export type Role = Schemas["RoleId"];
export type Service = Schemas["Service"];
export type Side = "management" | "staff" | "pupils";
export type Status = Schemas["Status"];
export type Target = Schemas["Target"];
export type Tier = Schemas["Tier"];
export type TierId = Schemas["TierId"];
export type Totp = Schemas["TotpOffer"];
export type Until = Schemas["Until"];
export type Why = Schemas["Why"];

export type BlockFilter = NonNullable<paths["/blocks"]["get"]["parameters"]["query"]>;

export const TIERS: readonly TierId[] = ["mam-non", "tieu-hoc", "thcs", "thpt", "staff"];
export const ROLES: readonly Role[] = ["admin", "teacher", "counsellor", "principal", "inspector"];

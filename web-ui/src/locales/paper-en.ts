// The printed sheets, in English.
import type { paperVi } from "./paper-vi";

export const paperEn: typeof paperVi = {
  lead: "To print: for classrooms, computer rooms, or to send home.",
  which: "Which sheet",
  sheet: { poster: "Poster", parents: "For parents" },
  code: "QR code that opens {{address}}",
  poster: {
    title: "Something happened online? You are not alone.",
    hotline: "Call 111: free, day and night, no name needed.",
    danger: "In danger right now: call 113, or go to the nearest teacher.",
    box: "At school, open this address on any computer: see why a page is blocked, ask to open it, or tell the counsellor in private.",
  },
  parents: {
    title: "To parents: keeping your child safe online, at school and at home",
    school:
      "At school, the Lá Chắn box filters by age. What your child may see is never recorded; what is blocked is recorded by minute and group, not by name.",
    home: "Six things to do at home",
    devices: "Free tools that are there already",
    android: "Android phones, Chromebooks: Google's Family Link.",
    apple: "iPhone, iPad: Settings, Screen Time.",
    windows: "Windows computers: Microsoft Family Safety.",
    call: "Need help? Call 111, the national hotline for child protection: free, day and night.",
    rule: {
      talk: "Ask every day what was fun online and what was not; listen first, advise later.",
      room: "Keep the computer in a shared room; small children use it with a grown-up beside them.",
      night: "Keep phones out of the bedroom at night.",
      account: "Keep your child's accounts private; no friends who were never met in real life.",
      shop: "Give one-time codes, passwords and pictures of papers to nobody, whoever they say they are.",
      help: "If your child is threatened or bullied: do not blame, do not delete; take pictures of it and call 111.",
    },
  },
};

const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const DATE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const DAY_MS = 86_400_000;

/** "Today", "Yesterday", "3 days ago" within a week, else a date; by the reader's calendar, not by hours. */
export function dayOf(time: Date, now: Date = new Date()): string {
  const days = Math.round((midnight(now) - midnight(time)) / DAY_MS);
  if (days < 0 || days > 6) return DATE.format(time);
  const words = AGO.format(-days, "day");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function midnight(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

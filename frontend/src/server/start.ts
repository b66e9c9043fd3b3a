import { log } from "./log";
import { settingProblems } from "./settings";

/** Says what is missing. The app starts all the same and answers its probes. */
export function reportSettings(): void {
  for (const { variable, reason, hint } of settingProblems()) {
    log("error", "setting not usable", { variable, reason, hint });
  }
}

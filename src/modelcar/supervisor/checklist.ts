import type { CheckReport, StepName, StepReport } from "../report/types.ts";
import type { Found, SupervisorEvent } from "./types.ts";

/** What one specialist ticks off, told as it goes. */
export interface Checklist {
  done(text: string, detail?: string): void;
  failed(text: string, detail?: string): void;
  skipped(text: string, detail?: string): void;
  /** The step as it stands in the report; `problem` ends it as failed. */
  end(found: Found, problem?: { message: string; hint?: string | undefined }): StepReport;
}

export function checklist(step: StepName, emit: (event: SupervisorEvent) => void): Checklist {
  const checks: CheckReport[] = [];
  const add =
    (status: CheckReport["status"]) =>
    (text: string, detail?: string): void => {
      const check: CheckReport = { text, status, ...(detail !== undefined && { detail }) };
      checks.push(check);
      emit({ type: "check", step, check });
    };
  emit({ type: "begin", step });
  return {
    done: add("done"),
    failed: add("failed"),
    skipped: add("skipped"),
    end(found, problem) {
      const report: StepReport = {
        name: step,
        status: problem === undefined ? statusOf(checks) : "failed",
        checks,
        ...(problem !== undefined && { problem: problem.message, hint: problem.hint }),
      };
      emit({ type: "end", step: report, found });
      return report;
    },
  };
}

function statusOf(checks: readonly CheckReport[]): StepReport["status"] {
  if (checks.some(({ status }) => status === "failed")) return "partial";
  return checks.length > 0 && checks.every(({ status }) => status === "skipped") ? "skipped" : "done";
}

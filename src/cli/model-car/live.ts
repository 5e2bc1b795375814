import type { StepName } from "../../modelcar/report/types.ts";
import type { Found, SupervisorEvent } from "../../modelcar/supervisor/types.ts";
import type { Context } from "../framework/context.ts";
import { spinner } from "../terminal/spinner.ts";
import { line, type Output } from "../terminal/streams.ts";
import { acceleratorTable } from "./show/accelerators.ts";
import { showCheck, showProblem } from "./show/checks.ts";
import { configurationTable } from "./show/configuration.ts";
import { decisionText } from "./show/decision.ts";

export interface LiveView {
  onEvent(event: SupervisorEvent): void;
  /** Takes away what moves. */
  stop(): void;
}

/** Shows a run as it goes: a section for each specialist, its checklist, then what it found. */
export function liveView({ stdout, stderr }: Context, { explain }: { explain: boolean }): LiveView {
  const busy = spinner(stderr);
  return {
    stop: () => busy.stop(),
    onEvent(event) {
      if (event.type === "progress") return busy.say(event.text);
      busy.stop();
      if (event.type === "begin") begin(event.step, stdout);
      else if (event.type === "check") showCheck(event.check, stdout);
      else {
        showProblem(event.step, stdout);
        const content = contentOf(event.step.name, event.found, stdout, explain);
        stdout.write(content === "" ? "\n" : `\n${content}\n`);
      }
    },
  };
}

const begin = (step: StepName, out: Output): void => line(out, out.colors.bold(out.colors.cyan(step)));

function contentOf(
  step: StepName,
  { needs, inventory, report }: Found,
  out: Output,
  explain: boolean,
): string {
  if (step === "Configuration") return configurationTable(needs, out);
  if (step === "Accelerator Compatibility")
    return inventory === undefined ? "" : acceleratorTable(inventory, out);
  if (step === "Deployment Decision" && report !== undefined) return decisionText(report, out, explain);
  return "";
}

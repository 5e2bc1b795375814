import { relative, resolve } from "node:path";
import type { ExitCode } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { showProgress } from "./show-progress.ts";
import { showValidation } from "./show-result.ts";

/** Tells what a device made of a bundle, by the tolerance that the bundle has. */
export async function showBundleResults(ctx: Context, folder: string): Promise<ExitCode> {
  const { reportBundle } = await import("../../models/pipeline/report-bundle.ts");
  const { cwd, stdout, globals } = ctx;
  const shown = showProgress(ctx);
  try {
    const { validation, page } = await reportBundle(resolve(cwd, folder), {
      signal: ctx.signal,
      progress: (done, total) => shown.progress({ kind: "count", step: "validate", done, total }),
    });
    shown.stop();
    showValidation(ctx, validation);
    if (page !== undefined && !globals.json) line(stdout, `\nreport  ${relative(cwd, page)}`);
    return validation.verdict.passed ? 0 : 1;
  } finally {
    shown.stop();
  }
}

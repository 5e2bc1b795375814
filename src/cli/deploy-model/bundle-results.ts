import { resolve } from "node:path";
import type { ExitCode } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { showProgress } from "./show-progress.ts";
import { showValidation } from "./show-result.ts";

/** Tells what a device made of a bundle, by the tolerance that the bundle has. */
export async function showBundleResults(ctx: Context, folder: string): Promise<ExitCode> {
  const [{ readBundleResults }, { validationResult }] = await Promise.all([
    import("../../models/bundle/read-results.ts"),
    import("../../models/report/validation-result.ts"),
  ]);
  const shown = showProgress(ctx);
  try {
    const { validation, labels, missing } = await readBundleResults(resolve(ctx.cwd, folder), {
      signal: ctx.signal,
      progress: (done, total) => shown.progress({ kind: "count", step: "validate", done, total }),
    });
    shown.stop();
    const notes =
      missing === 0 ? [] : [`The device has given nothing for ${missing} samples: they are left out.`];
    const result = validationResult(validation, { labels, skipped: [], notes });
    showValidation(ctx, result);
    return result.verdict.passed ? 0 : 1;
  } finally {
    shown.stop();
  }
}

import type { Inventory } from "../../../modelcar/inventory/types.ts";
import type { Report } from "../../../modelcar/report/types.ts";
import type { Context } from "../../framework/context.ts";
import type { Colors } from "../../terminal/colors.ts";
import { line } from "../../terminal/streams.ts";

/** The colour of a verdict on one model, or on all. */
export const verdictColor = (verdict: string, colors: Colors): ((text: string) => string) =>
  verdict === "GO" ? colors.green : verdict.startsWith("NO-GO") ? colors.red : colors.yellow;

export const paintVerdict = (verdict: string, colors: Colors): string =>
  colors.bold(verdictColor(verdict, colors)(verdict));

/** The verdict in one line; where it hangs on GPUs that are not known, what to do about that. */
export async function showVerdict(
  { stdout, stderr, globals }: Context,
  { verdict, summary }: Report,
  inventory: Inventory | undefined,
): Promise<void> {
  line(stdout, `${paintVerdict(verdict, stdout.colors)}: ${summary}`);
  if (verdict === "UNKNOWN" && !globals.quiet)
    (await import("./unknown-gpus.ts")).hintUnknownGpus(inventory, stderr);
}

import { race } from "../../base/abort.ts";
import { UsageError } from "../../base/errors.ts";
import type { Context } from "../framework/context.ts";

/** Asks whoever sits at the terminal; without one, a UsageError that names --yes. */
export async function confirm({ stdin, stderr, signal }: Context, question: string): Promise<boolean> {
  if (!stdin.isTTY) {
    throw new UsageError("there is no terminal to ask on whether it is meant", {
      hint: "If it is, add --yes.",
    });
  }
  stderr.write(`${stderr.colors.bold(question)} [y/N] `);
  const answer = await race(stdin.line(), signal);
  return /^y(es)?$/i.test(answer?.trim() ?? "");
}

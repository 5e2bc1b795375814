import { resolve } from "node:path";
import type { ModelCar } from "../../modelcar/manifest/types.ts";
import type { QaResult, QaRunner, QaWorld } from "../../modelcar/qa/types.ts";
import type { Context } from "../framework/context.ts";
import type { QaOptions } from "./qa-options.ts";
import { type QaGiven, type QaInput, qaInput, qaWorld } from "./qa-request.ts";

/** The whole run of a file, or of what was made of one, its lines told as they come. */
export async function runQa(
  ctx: Context,
  modelcar: string | ModelCar,
  given: QaOptions & QaGiven,
  tell: (line: string) => void,
): Promise<QaResult> {
  const world = await qaWorld(ctx);
  let input: QaInput;
  try {
    input = await qaInput(ctx, modelcar, given, world, given.runner === "kserve");
  } catch (thrown) {
    const { ending, failureOf } = await import("../../modelcar/qa/ending.ts");
    const result = failureOf(thrown, ctx.signal);
    for (const each of ending(result)) tell(each);
    return result;
  }
  for (const warning of input.warnings) tell(`[QA] warning: ${warning}`);
  const runner = await runnerOf(ctx, given, input);
  return await follow(runner, input, world, tell);
}

async function follow(
  runner: QaRunner,
  { request }: QaInput,
  world: QaWorld,
  tell: (line: string) => void,
): Promise<QaResult> {
  const stream = runner.run(request, world);
  for (;;) {
    const next = await stream.next();
    if (next.done) return next.value;
    tell(next.value);
  }
}

async function runnerOf(
  { cwd, env }: Context,
  given: QaOptions & QaGiven,
  input: QaInput,
): Promise<QaRunner> {
  if (given.runner === "podman") {
    const { podmanRunner, QA_IMAGE } = await import("../../modelcar/qa/podman.ts");
    return podmanRunner({
      image: given.image ?? QA_IMAGE,
      resultsFolder: resolve(cwd, given.results),
      timeoutSeconds: given.timeout,
    });
  }
  const { kserveRunner } = await import("../../modelcar/qa/kserve/runner.ts");
  return kserveRunner({
    run: crypto.randomUUID().slice(0, 5),
    namespace: given["qa-namespace"],
    perModelSeconds: given["per-model-timeout"],
    skipSmoke: given["skip-smoke"] || /^(1|true|yes)$/i.test(env["QA_SKIP_POST_DEPLOY_SMOKE"] ?? ""),
    maxRemedies: given.remedies,
    memoryGiB: given.memory,
    keep: given.keep,
    nodeGiB: input.nodeGiB,
    contextLimits: input.contextLimits,
  });
}

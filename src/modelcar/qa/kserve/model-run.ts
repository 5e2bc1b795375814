import type { Api } from "../../cluster/api.ts";
import { withoutApiKeys } from "../../secrets/arguments.ts";
import type { Say } from "../stream.ts";
import { QaError, type QaWorld } from "../types.ts";
import { apply, remove } from "./client.ts";
import { paths } from "./paths.ts";
import type { PodTrouble } from "./pod-state.ts";
import { lastWords, moreMemory, type Remedy, shorterContext } from "./remedy.ts";
import { type Serving, type Stage, serviceObject } from "./render.ts";
import type { KserveSettings } from "./settings.ts";
import { smoke } from "./smoke.ts";
import { type Outcome, waitGone, waitReady } from "./wait.ts";

export interface Run {
  api: Api;
  stage: Stage;
  settings: KserveSettings;
  world: QaWorld;
  say: Say;
  /** Most memory that a node gives to a pod, GiB; undefined: not known. */
  nodeGiB: number | undefined;
  /** Of the model's own, tokens; undefined: not known. */
  contextLimit: (serving: Serving) => number | undefined;
}

/** Brings one model up, asks it something, and scales it to zero. @throws QaError */
export async function runModel(run: Run, first: Serving): Promise<void> {
  const { api, stage, settings, world, say } = run;
  const deadline = world.clock.now() + settings.perModelSeconds * 1000;
  const at = paths(stage.namespace).inferenceService(first.name);
  let serving = first;
  const tell = (progress: string): void => say(`${first.entry.name}: ${progress}`);
  if (withoutApiKeys(first.entry.args).length < first.entry.args.length)
    say(
      `${first.entry.name}: run without its --api-key, which a request through the API server cannot carry`,
    );
  for (let remedies = 0; ; remedies++) {
    say(
      `${serving.entry.name}: apply InferenceService ${serving.name} (${serving.gpus} × ${stage.resource})`,
    );
    const began = world.clock.now();
    await apply(api, at, serviceObject(stage, serving));
    const outcome = await waitReady(api, stage.namespace, serving.name, deadline, world, tell);
    if (outcome.state === "ready") {
      tell(`ready, after ${Math.round((world.clock.now() - began) / 1000)} s`);
      break;
    }
    const remedy = remedyFor(run, serving, outcome);
    if (remedy === undefined || remedies >= settings.maxRemedies)
      throw failure(run, serving, outcome, remedies);
    say(`${serving.entry.name}: ${describe(outcome)}; try once more with ${remedy.text}`);
    // A new pod beside the old would want GPUs of its own.
    await takeDown(run, serving, false);
    serving = remedy.serving;
  }
  if (settings.skipSmoke) say(`${serving.entry.name}: no request is sent (--skip-smoke)`);
  else say(`${serving.entry.name}: answers: ${await smoke(api, stage.namespace, serving)}`);
  await takeDown(run, serving, settings.keep);
}

/** Scales the model to zero, so that the next finds its GPUs free; and deletes it, unless it is to be kept. */
export async function takeDown(
  { api, stage, world, say }: Run,
  serving: Serving,
  keep: boolean,
): Promise<void> {
  const at = paths(stage.namespace).inferenceService(serving.name);
  await apply(api, at, serviceObject(stage, serving, true));
  const stopped = await waitGone(api, stage.namespace, serving.name, world);
  if (stopped) say(`${serving.entry.name}: scaled to zero`);
  if (keep && stopped) return;
  await remove(api, at);
  if (stopped || (await waitGone(api, stage.namespace, serving.name, world))) return;
  throw new QaError("CLEANUP_FAILED", `the pods of ${serving.name} in ${stage.namespace} do not end`);
}

function remedyFor(run: Run, serving: Serving, outcome: Outcome): Remedy | undefined {
  if (outcome.state !== "trouble") return undefined;
  const { trouble, log } = outcome;
  if (trouble.kind === "memory") return moreMemory(serving, run.nodeGiB);
  return trouble.kind === "crash" ? shorterContext(serving, log, run.contextLimit(serving)) : undefined;
}

const describe = (outcome: Outcome): string =>
  outcome.state === "trouble" ? troubleText(outcome.trouble) : outcome.state;

function troubleText(trouble: PodTrouble): string {
  return trouble.kind === "memory" ? `${trouble.container} used more memory than its limit` : trouble.text;
}

function failure({ settings, say }: Run, { entry }: Serving, outcome: Outcome, remedies: number): QaError {
  const tried = remedies === 0 ? "" : `, after ${remedies} ${remedies === 1 ? "remedy" : "remedies"}`;
  if (outcome.state === "trouble") {
    const { trouble, log } = outcome;
    const words = lastWords(log);
    for (const line of words) say(`  ${line}`);
    if (words.length === 0 && trouble.kind === "crash") say("  its log could not be read, or is empty");
    const text = `${entry.name}: ${troubleText(trouble)}${tried}`;
    if (trouble.kind === "pull") return new QaError("IMAGE_PULL_FAILED", text);
    if (trouble.kind === "unschedulable") return new QaError("NOT_SCHEDULABLE", text);
    return new QaError("MODEL_NOT_READY", text);
  }
  const last = outcome.state === "late" && outcome.last !== "" ? `: ${outcome.last}` : "";
  return new QaError(
    "TIMEOUT",
    `${entry.name}: not ready within ${settings.perModelSeconds} s${tried}${last}`,
  );
}

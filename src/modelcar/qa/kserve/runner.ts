import { counted } from "../../../base/counted.ts";
import { toError } from "../../../base/errors.ts";
import { type Api, openApi } from "../../cluster/api.ts";
import { namespaceName } from "../../cluster/connect.ts";
import { qaStream, type Say } from "../stream.ts";
import {
  QaError,
  type QaModel,
  type QaRequest,
  type QaRunner,
  type QaWorld,
  runtimeImageOf,
} from "../types.ts";
import { apply, remove } from "./client.ts";
import { type Run, runModel, takeDown } from "./model-run.ts";
import { paths } from "./paths.ts";
import { ensureNamespace, preflight } from "./preflight.ts";
import { pullSecrets } from "./pull-secrets.ts";
import { runtimeObject, type Serving, type Stage, secretObject, serviceName, servingOf } from "./render.ts";
import type { KserveSettings } from "./settings.ts";

export interface KserveInput extends KserveSettings {
  /** Most memory that a node gives to a pod, GiB; undefined: not known. */
  nodeGiB: number | undefined;
  /** Context that a model has by itself, tokens, by the name of its entry. */
  contextLimits: ReadonlyMap<string, number>;
  /** A short name of the run, letters and digits. */
  run: string;
}

/** How long the removal of all that was made may take, whatever else happened. */
const CLEANUP_MS = 5 * 60_000;

/** Serves the models with KServe, one after the other, the smallest image first, and asks each something. */
export function kserveRunner(input: KserveInput): QaRunner {
  return {
    name: "kserve",
    description: "InferenceServices of our own, one model after the other",
    run: (request, world) => qaStream(request, world, (say, own) => runAll(request, input, own, say)),
  };
}

async function runAll(request: QaRequest, input: KserveInput, world: QaWorld, say: Say): Promise<string> {
  const { run, nodeGiB, contextLimits, ...settings } = input;
  const stage = stageOf(request, settings.namespace, run, say);
  const api = openApi(request.connection, world);
  await preflight(api, stage, settings.skipSmoke, say);
  const servings = inOrder(request.models).map(({ entry }, at) =>
    servingOf(entry, serviceName(stage.run, entry.name, at + 1), settings.memoryGiB),
  );
  say(`order: ${servings.map(({ entry }) => entry.name).join(", ")} (the smallest image first)`);
  const made = { namespace: false };
  let failure: unknown;
  try {
    made.namespace = await ensureNamespace(api, stage, say);
    await prepare(api, stage, say);
    const contextLimit = ({ entry }: Serving): number | undefined => contextLimits.get(entry.name);
    await runEach({ api, stage, settings, world, say, nodeGiB, contextLimit }, servings);
  } catch (thrown) {
    failure = thrown;
  }
  // Someone who ended the run, or a cluster that failed, leaves nothing that is worth keeping.
  const keep = settings.keep && (failure === undefined || failure instanceof QaError);
  const left = keep ? undefined : await cleanUp(request, stage, servings, made.namespace, world, say);
  if (failure !== undefined) throw failure;
  if (left !== undefined) throw new QaError("CLEANUP_FAILED", left);
  const count = counted(servings.length, "model");
  return settings.keep
    ? `${count} served; all is kept in ${stage.namespace}, scaled to zero`
    : `${count} served`;
}

/** Each model has its run, whatever came of those before. @throws QaError with the code of the first that failed */
async function runEach(run: Run, servings: readonly Serving[]): Promise<void> {
  const failures: QaError[] = [];
  for (const serving of servings) {
    try {
      await runModel(run, serving);
    } catch (thrown) {
      if (!(thrown instanceof QaError)) throw thrown;
      failures.push(thrown);
      run.say(`✗ ${thrown.message}`);
      await takeDown(run, serving, run.settings.keep);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  if (servings.length === 1) throw first;
  const hint = first.hint === undefined ? {} : { hint: first.hint };
  throw new QaError(
    first.code,
    `${failures.length} of ${servings.length} models failed; ${first.message}`,
    hint,
  );
}

function stageOf(request: QaRequest, namespace: string, run: string, say: Say): Stage {
  const { resource, tolerations, models, logins } = request;
  const runtimeImage = runtimeImageOf(request);
  for (const { entry } of models)
    if (!/^(hf|oci):\/\//.test(entry.image))
      throw new QaError("MODEL_NOT_DEPLOYABLE", `${entry.name}: a cluster cannot load ${entry.image}`);
  const auths = pullSecrets(models, logins, say);
  return { run, namespace: namespaceName(namespace), runtimeImage, resource, tolerations, auths };
}

/** Those of unknown size come last. */
const inOrder = (models: readonly QaModel[]): QaModel[] =>
  models.toSorted(
    (a, b) => (a.imageBytes ?? Number.POSITIVE_INFINITY) - (b.imageBytes ?? Number.POSITIVE_INFINITY) || 0,
  );

async function prepare(api: Api, stage: Stage, say: Say): Promise<void> {
  const at = paths(stage.namespace);
  const [secret, runtime] = [secretObject(stage), runtimeObject(stage)];
  if (Object.keys(stage.auths).length > 0) {
    await apply(api, at.secret(secret.metadata.name), secret);
    say(`apply Secret ${secret.metadata.name} (logins for ${Object.keys(stage.auths).join(", ")})`);
  }
  await apply(api, at.runtime(runtime.metadata.name), runtime);
  say(`apply ServingRuntime ${runtime.metadata.name} (${stage.runtimeImage})`);
}

/** Removes all that the run made, though the run itself was ended. Gives what could not be removed. */
async function cleanUp(
  request: QaRequest,
  stage: Stage,
  servings: readonly Serving[],
  withNamespace: boolean,
  world: QaWorld,
  say: Say,
): Promise<string | undefined> {
  const late = new AbortController();
  const forget = world.clock.after(CLEANUP_MS, () => late.abort(new Error("no answer in time")));
  const api = openApi(request.connection, { ...world, signal: late.signal });
  const at = paths(stage.namespace);
  const things = [
    ...servings.map(({ name }) => at.inferenceService(name)),
    at.runtime(runtimeObject(stage).metadata.name),
    ...(Object.keys(stage.auths).length > 0 ? [at.secret(secretObject(stage).metadata.name)] : []),
    ...(withNamespace ? [at.namespace] : []),
  ];
  const left: string[] = [];
  for (const path of things)
    await remove(api, path).catch((thrown: unknown) => left.push(`${path}: ${toError(thrown).message}`));
  forget();
  if (left.length === 0) {
    say(withNamespace ? `namespace ${stage.namespace} removed` : "all that was made is removed");
    return undefined;
  }
  for (const each of left) say(`not removed: ${each}`);
  return `${left.length} of ${things.length} things could not be removed`;
}

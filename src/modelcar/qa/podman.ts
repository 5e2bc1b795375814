import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { counted } from "../../base/counted.ts";
import { ExpectedError } from "../../base/errors.ts";
import { isLoopbackHost } from "../../base/hosts.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import type { ProgramResult } from "../../base/run-program.ts";
import { openApi } from "../cluster/api.ts";
import { clusterLine } from "./cluster-line.ts";
import { junitCounts, summaryCounts, type TestCounts } from "./counts.ts";
import { JUNIT, podmanArguments, RESULTS_LOG, type SuiteCall } from "./podman-arguments.ts";
import { privateFolder, stagedKubeconfig } from "./staged.ts";
import { qaStream, type Say } from "./stream.ts";
import { acceleratorWord, loginVariables, suiteCar } from "./suite.ts";
import { QaError, type QaRequest, type QaRunner, type QaWorld, runtimeImageOf } from "./types.ts";

export const QA_IMAGE = "quay.io/opendatahub/opendatahub-tests:latest";
const REMOVAL_SECONDS = 60;

export interface PodmanSettings {
  image: string;
  timeoutSeconds: number;
  /** Folder for the log and the report of the tests: absolute. */
  resultsFolder: string;
}

/**
 * Runs Open Data Hub's test suite (github.com/opendatahub-io/opendatahub-tests) in its container. It is QA_OK only when
 * every model was tested and passed: tests that are skipped end with 0, too.
 */
export function podmanRunner(settings: PodmanSettings): QaRunner {
  return {
    name: "podman",
    description: "Open Data Hub's test suite, in its container",
    run: (request, world) => qaStream(request, world, (say, own) => runSuite(request, settings, own, say)),
  };
}

async function runSuite(
  request: QaRequest,
  settings: PodmanSettings,
  world: QaWorld,
  say: Say,
): Promise<string> {
  const { vendor, connection } = request;
  const accelerator = acceleratorWord(vendor);
  const runtimeImage = runtimeImageOf(request);
  const car = suiteCar(request.text, request.file);
  const variables = loginVariables(request, say);
  say(await clusterLine(openApi(connection, world)));
  await emptyResults(settings.resultsFolder);
  using folder = await privateFolder(world.tempFolder);
  const call: SuiteCall = {
    ...{ image: settings.image, accelerator, runtimeImage, name: containerName(folder.path) },
    kubeconfig: await folder.write("kubeconfig", await stagedKubeconfig(connection)),
    modelCar: await folder.write("modelcar.yaml", car),
    results: settings.resultsFolder,
    variables: Object.keys(variables),
    hostNetwork: isLoopbackHost(new URL(connection.server).hostname),
  };
  say(
    `${counted(request.models.length, "model")} on ${accelerator}, runtime ${runtimeImage}, suite ${settings.image}`,
  );
  try {
    const ended = await podman(podmanArguments(call), { ...world.env, ...variables }, settings, world, say);
    return await verdict(ended, request.models.length, settings);
  } finally {
    await removeContainer(call.name, world, say);
  }
}

const RESULTS = [JUNIT, RESULTS_LOG];

/** What an earlier run left there would count for this one. */
async function emptyResults(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of RESULTS) await rm(join(folder, name), { force: true });
}

/** The private folder's random part makes it unique. */
const containerName = (folder: string): string => folder.split("/").at(-1)!.toLowerCase();

async function podman(
  argv: readonly [string, ...string[]],
  env: QaWorld["env"],
  { timeoutSeconds }: PodmanSettings,
  { cwd, signal, runProgram }: QaWorld,
  say: Say,
): Promise<ProgramResult> {
  try {
    return await runProgram({ argv, env, cwd, signal, timeoutSeconds, onLine: say });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ExpectedError) throw new QaError("PODMAN_MISSING", cause.message, { cause });
    throw cause;
  }
}

/** podman stops the container when it is ended itself, not when it is killed. */
async function removeContainer(name: string, { env, cwd, runProgram }: QaWorld, say: Say): Promise<void> {
  const signal = AbortSignal.timeout(REMOVAL_SECONDS * 1000);
  const argv = ["podman", "rm", "--force", "--ignore", "--time", "10", name] as const;
  const problem = await runProgram({ argv, env, cwd, signal }).then(
    ({ code, stderr }) => (code === 0 ? undefined : stderr.trim() || `exit status ${code}`),
    (thrown: unknown) => (thrown instanceof ExpectedError ? undefined : String(thrown)),
  );
  if (problem !== undefined) say(`the container ${name} could not be removed: ${problem}`);
}

async function verdict(
  { code, stdout, timedOut }: ProgramResult,
  models: number,
  { timeoutSeconds, resultsFolder }: PodmanSettings,
): Promise<string> {
  if (timedOut) throw new QaError("TIMEOUT", `the tests took longer than ${timeoutSeconds / 60} minutes`);
  // podman-run(1), exit status; pytest, exit codes.
  if ([125, 126, 127].includes(code)) throw new QaError("CONTAINER_FAILED", `podman ended with ${code}`);
  if (code === 4) throw new QaError("SUITE_CHANGED", "pytest refused its arguments");
  const report = await readIfThere(join(resultsFolder, JUNIT));
  const counts = (report && junitCounts(report)) || summaryCounts(stdout);
  const log = join(resultsFolder, RESULTS_LOG);
  if (counts === undefined)
    throw new QaError(
      code === 0 || code === 5 ? "TESTS_SKIPPED" : "TESTS_FAILED",
      `no test is counted; see ${log}`,
    );
  const { failed, errors, passed, skipped } = counts;
  if (code !== 0 && code !== 5) throw new QaError("TESTS_FAILED", `${inWords(counts)}; see ${log}`);
  if (failed + errors > 0) throw new QaError("TESTS_FAILED", `${inWords(counts)}; see ${log}`);
  if (passed < models || skipped > 0)
    throw new QaError("TESTS_SKIPPED", `${inWords(counts)}, of ${counted(models, "model")}; see ${log}`);
  return `${inWords(counts)}; the log is ${log}`;
}

const inWords = ({ passed, failed, errors, skipped }: TestCounts): string =>
  [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");

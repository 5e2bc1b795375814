import { afterEach, beforeEach } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi, TOKEN } from "../../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../../test/peers/temp-dir.ts";
import { qaRequest, qaWorld, type Told, told } from "../qa.fixture.ts";
import type { QaRequest, QaWorld } from "../types.ts";
import { answering, type Fate, kserve } from "./kserve.fixture.ts";
import { type KserveInput, kserveRunner } from "./runner.ts";

const SETTINGS: KserveInput = {
  ...{ run: "x7k2p", namespace: "model-validation", perModelSeconds: 1800, memoryGiB: 16, maxRemedies: 2 },
  ...{ skipSmoke: false, keep: false, nodeGiB: undefined, contextLimits: new Map() },
};

/** A cluster with KServe for each test of a file, and runs on it. */
export function kserveCluster() {
  let api: KubernetesApi;
  let dir: ReturnType<typeof tempDir>;
  beforeEach(async () => {
    dir = tempDir();
    api = await kubernetesApi(dir.path, { proxied: answering });
    writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig({ token: TOKEN }));
  });
  afterEach(async () => {
    await api[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const request = (over: Partial<QaRequest> = {}) => qaRequest(join(dir.path, "kubeconfig"), over);

  async function run(
    fates: Record<string, readonly Fate[]> = {},
    input: Partial<KserveInput> = {},
    over: Partial<QaRequest> = {},
    world: Partial<QaWorld> = {},
  ): Promise<Told & { starts: ReturnType<typeof kserve>["starts"] }> {
    const controller = kserve(fates);
    api.behaviour.reconcile = controller.reconcile;
    const outcome = await told(
      kserveRunner({ ...SETTINGS, ...input }),
      await request(over),
      qaWorld(dir.path, world),
    );
    return { ...outcome, starts: controller.starts };
  }

  const one = (more = "", image = "oci://quay.io/org/granite-8b:1") => ({
    text: `model-car:\n  - name: granite-8b\n    image: ${image}\n${more}`,
  });
  const args = (...list: string[]) => `    serving_arguments:\n      args: ${JSON.stringify(list)}\n`;
  const asked = (path: string) => api.requests.filter((each) => each.path.endsWith(path));
  return {
    get api(): KubernetesApi {
      return api;
    },
    ...{ run, one, args, asked },
  };
}

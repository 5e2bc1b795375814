import { afterEach, beforeEach } from "bun:test";
import { type KubernetesApi, kubernetesApi, TOKEN } from "../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { testWorld } from "./cluster.fixture.ts";
import { connect } from "./connect.ts";
import { type InspectOptions, inspectCluster } from "./inspect.ts";
import type { ClusterInspection, ClusterWorld } from "./types.ts";

/** The API of an empty cluster for each test of a file, and a look at it from the namespace `llm`. */
export function inspectedCluster() {
  let api: KubernetesApi;
  let dir: ReturnType<typeof tempDir>;
  beforeEach(async () => {
    dir = tempDir();
    api = await kubernetesApi(dir.path);
  });
  afterEach(async () => {
    await api[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });
  return {
    get api() {
      return api;
    },
    async inspect(
      options: InspectOptions = {},
      world: ClusterWorld = testWorld(),
      user: object = { token: TOKEN },
    ): Promise<ClusterInspection> {
      const kubeconfig = `${dir.path}/kubeconfig`;
      await Bun.write(kubeconfig, api.kubeconfig(user, "llm"));
      return await inspectCluster(await connect({ kubeconfig }, world), world, options);
    },
  };
}

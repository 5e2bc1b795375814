import { expect } from "bun:test";
import type { Clock } from "../../base/clock.ts";
import { testWorld } from "../cluster/cluster.fixture.ts";
import { connect } from "../cluster/connect.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { readLogins } from "../registry/logins.ts";
import { QA_CODES } from "./codes.ts";
import type { QaRequest, QaResult, QaRunner, QaWorld } from "./types.ts";

/** Passwords that must not be seen anywhere. */
export const PASSWORD = "pull-secret-word-9";
const auth = Buffer.from(`robot:${PASSWORD}`).toString("base64");
export const AUTH = auth;

/** The environment with a pull secret that holds these logins, by registry. */
export const loginEnv = (auths: object) => ({
  OCI_REGISTRY_PULL_SECRET: Buffer.from(JSON.stringify({ auths })).toString("base64"),
});

export const LOGIN_ENV = loginEnv({ "registry.redhat.io": { auth }, "quay.io": { auth } });

export const CAR = `model-car:
  - name: granite-3.1-8b-instruct
    image: oci://registry.redhat.io/rhelai1/modelcar-granite-3-1-8b-instruct:1.5
    model_output_type: text
    serving_arguments:
      args:
        - --max-model-len=8192
      gpu_count: 1
  - name: granite-2b
    image: oci://registry.redhat.io/rhelai1/modelcar-granite-2b:1.5
    serving_arguments:
      gpu_count: 2
      args:
        - --uvicorn-log-level=info
`;

export const UNHEALTHY = { text: "no node has an accelerator", isDenied: false, hint: undefined };

/** A request for the models of a file, on the cluster of this kubeconfig. */
export async function qaRequest(
  kubeconfig: string,
  { text = CAR, ...over }: Partial<QaRequest> = {},
): Promise<QaRequest> {
  const { models } = parseModelCar(text, "modelcar.yaml");
  const sizes = [15, 4, 8];
  return {
    file: "modelcar.yaml",
    text,
    models: models.map((entry, at) => ({ entry, imageBytes: sizes[at] })),
    connection: await connect({ kubeconfig }, testWorld()),
    runtimeImage: "registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.5",
    vendor: "nvidia",
    resource: "nvidia.com/gpu",
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", value: undefined, effect: undefined }],
    logins: readLogins(LOGIN_ENV, "/"),
    unhealthy: undefined,
    ...over,
  };
}

/** A clock that pauses turn on, at once. */
export function turningClock(): Clock {
  let now = 1_000_000;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
      await Bun.sleep(0);
    },
    after: () => () => {},
  };
}

export const qaWorld = (tempFolder: string, over: Partial<QaWorld> = {}): QaWorld => ({
  ...testWorld({ clock: turningClock() }),
  tempFolder,
  ...over,
});

export interface Told {
  lines: string[];
  result: QaResult;
}

/**
 * Runs it to its end and holds it to what all runners promise: every line is marked, the last is the verdict, the code is
 * in the table, and no secret is in any of it.
 */
export async function told(runner: QaRunner, request: QaRequest, world: QaWorld): Promise<Told> {
  const lines: string[] = [];
  const stream = runner.run(request, world);
  for (;;) {
    const next = await stream.next();
    if (next.done) {
      const last = lines.pop();
      expect(last).toBe(next.value.code);
      expect(lines.filter((line) => !line.startsWith("[QA] "))).toEqual([]);
      expect(next.value.code).toMatch(/^(QA_OK|QA_ERROR:[A-Z_]+)$/);
      const code = next.value.code.replace("QA_ERROR:", "");
      expect(code === "QA_OK" || code in QA_CODES).toBe(true);
      const all = JSON.stringify([lines, next.value]);
      for (const secret of [PASSWORD, AUTH, ...request.connection.secrets()])
        expect(all).not.toContain(secret);
      return { lines, result: next.value };
    }
    lines.push(next.value);
  }
}

import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans, planOfText } from "../../plans.fixture.ts";
import { expectCarried } from "../../target-contract.fixture.ts";
import { target as k8s } from "../k8s/index.ts";
import { at, readObjects, readStream } from "../k8s/judges/objects.fixture.ts";
import { podsOf, restrictedViolations } from "../k8s/judges/pod-security.fixture.ts";
import { carriedBy } from "../k8s/judges/read-back.fixture.ts";
import { brokenReferences } from "../k8s/judges/references.fixture.ts";
import { schemaJudge } from "../k8s/judges/schema-judge.fixture.ts";
import type { Manifest } from "../k8s/manifest.ts";
import { namespaceOf } from "../k8s/names.ts";
import { everythingOn, withAgents } from "../k8s/plans.fixture.ts";
import { target } from "./index.ts";

/** Helm itself renders the charts. Without it index.test.ts judges them. */
const helm = Bun.which("helm");
const why = helm ? "" : " (skipped: helm is not on PATH)";

async function call(
  plan: DeployPlan,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const dir = mkdtempSync(join(tmpdir(), "helm-"));
  try {
    for (const [path, text] of Object.entries(target.render(plan))) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    const [command, ...others] = args;
    const child = Bun.spawn([helm!, command!, ...others, dir], {
      env: { HOME: dir },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const TEMPLATE = ["template", "release", "--kube-version", "1.37.0"];

async function template(plan: DeployPlan, ...more: string[]): Promise<Manifest[]> {
  const { code, stdout, stderr } = await call(plan, ...TEMPLATE, "--namespace", namespaceOf(plan), ...more);
  expect([code, stderr]).toEqual([0, ""]);
  return readStream(stdout);
}

const isHook = ({ metadata }: Manifest): boolean => metadata.annotations?.["helm.sh/hook"] !== undefined;
const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** Without what is Helm's own: its labels, and the hash that it makes of a config's text. */
const comparable = (objects: readonly Manifest[]): unknown[] =>
  objects
    .filter((object) => !isHook(object) && object.kind !== "Namespace")
    .map(
      (object): Manifest =>
        JSON.parse(
          JSON.stringify(object, (key, value) => {
            if (key === "helm.sh/chart" || key === "app.kubernetes.io/managed-by") return undefined;
            if (typeof value !== "string") return value;
            return value.replace(/-config-[0-9a-f]{10}$/, "-config-HASH").replaceAll("$$", "$");
          }),
        ),
    )
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

const plans = [
  ...EXAMPLE_NAMES.map((name) => [name, examplePlans[name]] as const),
  ...Object.entries(await everythingOn()),
];

describe.skipIf(!helm)(`Helm${why}`, () => {
  test.each(plans)("%s: makes of the chart the objects that the target k8s renders", async (_, plan) => {
    const objects = await template(plan);
    expect(comparable(objects)).toEqual(comparable(readObjects(k8s.render(plan))));
  });

  test.each(plans)("%s: finds nothing wrong with it, and nobody with what it makes", async (_, plan) => {
    const { code, stdout } = await call(plan, "lint", "--strict");
    expect([code, stdout]).toEqual([0, expect.stringContaining("0 chart(s) failed")]);
    const [judge, objects] = [await schemaJudge("1.37"), await template(plan)];
    expect(objects.flatMap(judge)).toEqual([]);
    expect(objects.flatMap(podsOf).flatMap(restrictedViolations)).toEqual([]);
    expect(
      brokenReferences(
        objects.filter((object) => !isHook(object)),
        namespaceOf(plan),
      ),
    ).toEqual([]);
    expect(objects.filter(isHook)).toHaveLength(plan.agents.filter(({ health }) => health).length);
  });

  test("texts come through as they are, whatever they are made of", async () => {
    const texts = [
      "{{ .Values.x }}",
      "a: b\n  - c\n",
      "\ttab",
      "\n\n",
      "on",
      "$$ $(HOME) $x",
      "nel\u0085ls\u2028",
      "e\r\nf",
      " lead\n\ntrail \n\n",
    ];
    for (const text of texts) {
      const plan = withAgents(
        await planOfText('[agent]\nid = "x"\n[llm]\nprovider = "openai"\nmodel = "m"\n'),
        ({ config, env }) => ({
          config: { ...config, text: `# ${text}` },
          files: [{ path: "/app/config/other.txt", text }],
          env: { ...env, TEXT: text },
          description: text,
        }),
      );
      expectCarried(carriedBy(await template(plan), plan), plan);
    }
  });

  test("values that were set reach what they are for", async () => {
    const set = [
      "--set",
      "image.tag=9.9.9",
      "--set",
      "agents.hello.nodeSelector.disk=ssd",
      "--set",
      "imagePullSecrets[0].name=pull",
    ];
    const objects = await template(examplePlans.minimal, ...set);
    const pod = podsOf(objects.find((object) => idOf(object) === "Deployment hello")!)[0];
    expect(pod).toMatchObject({ nodeSelector: { disk: "ssd" }, imagePullSecrets: [{ name: "pull" }] });
    expect(at(pod, "containers", 0, "image")).toBe("agent2389:9.9.9");
  });

  test.each([
    ["a value that nobody knows", ["--set", "agents.hello.replica=2"], "replica"],
    [
      "two replicas on one volume",
      ["--set", "agents.hello.replicas=2", "--set", "agents.hello.storage.size=1Gi"],
      "cannot share one volume",
    ],
  ])("says what is wrong with %s", async (_, set, message) => {
    const { code, stderr } = await call(examplePlans.minimal, ...TEMPLATE, ...set);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

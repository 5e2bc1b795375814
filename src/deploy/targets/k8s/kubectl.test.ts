import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXAMPLE_NAMES, examplePlans } from "../../plans.fixture.ts";
import { target } from "./index.ts";
import { readObjects, readStream } from "./judges/objects.fixture.ts";

/** kubectl itself reads what is rendered, as far as it does so without a cluster. */
const kubectl = Bun.which("kubectl");
const why = kubectl ? "" : " (skipped: kubectl is not on PATH)";

async function withFiles<T>(
  name: (typeof EXAMPLE_NAMES)[number],
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "k8s-"));
  try {
    for (const [path, text] of Object.entries(target.render(examplePlans[name])))
      await Bun.write(join(dir, path), text);
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function call(...args: string[]): Promise<string> {
  const child = Bun.spawn([kubectl!, ...args], {
    env: { KUBECONFIG: "/dev/null" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect([await child.exited, stderr]).toEqual([0, ""]);
  return stdout;
}

test.skipIf(!kubectl)(`kustomize finds the same objects in every example${why}`, async () => {
  for (const name of EXAMPLE_NAMES) {
    const built = await withFiles(name, (dir) => call("kustomize", dir));
    const byId = (a: { kind: string; metadata: { name: string } }, b: typeof a) =>
      `${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1;
    expect(readStream(built).sort(byId)).toEqual(readObjects(target.render(examplePlans[name])).sort(byId));
  }
});

test.skipIf(!kubectl)(`its own types take the objects of every example${why}`, async () => {
  for (const name of EXAMPLE_NAMES) {
    const plan = examplePlans[name];
    const files = [
      ...plan.agents.map((agent) => agent.name),
      ...(plan.broker.kind === "included" ? [plan.broker.host] : []),
    ];
    await withFiles(name, async (dir) => {
      for (const file of files) {
        const listed = await call(
          "annotate",
          "--local",
          "--filename",
          join(dir, `${file}.yaml`),
          "seen=yes",
          "--output",
          "name",
        );
        expect(listed).toContain(`deployment.apps/${file}`);
      }
    });
  }
});

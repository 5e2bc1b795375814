import { describe, expect, test } from "bun:test";
import { join, posix } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { devDependencies, version } from "../package.json" with { type: "json" };
import { CONTAINER, RESERVED_ENV } from "../src/deploy/container.ts";
import { DEFAULT_JETPACK, JETPACKS } from "../src/deploy/jetpack.ts";
import { dockerfileFor } from "../src/deploy/targets/jetson/dockerfile.ts";
import { dockerfileMistakes } from "./dockerfile-rules.ts";

const root = join(import.meta.dir, "..");
const generic = await Bun.file(join(root, "Dockerfile.generic")).text();
const jetson = await Bun.file(join(root, "Dockerfile.jetson")).text();
const both = { "Dockerfile.generic": generic, "Dockerfile.jetson": jetson };

test.each(Object.entries({ ...both, ...perJetpack() }))("%s breaks none of hadolint's rules", (_, text) => {
  expect(dockerfileMistakes(text)).toEqual([]);
});

function perJetpack(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(JETPACKS).map((jetpack) => [`for JetPack ${jetpack}`, dockerfileFor(jetpack, "1.2.3")]),
  );
}

const hadolint = Bun.which("hadolint");

/** The judge itself, where it is installed. */
describe.skipIf(hadolint === null)("hadolint", () => {
  test.each(Object.entries(both))("has nothing to say about %s", async (_, text) => {
    const child = Bun.spawn([hadolint!, "--no-color", "-"], { stdin: Buffer.from(text), stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toBe("");
    expect(await child.exited).toBe(0);
  });
});

test.each([
  ["DL3000", "FROM a:1\nWORKDIR x\nUSER 1"],
  ["DL3002", "FROM a:1\nUSER root"],
  ["DL3004", "FROM a:1\nRUN sudo id\nUSER 1"],
  ["DL3006", "FROM a\nUSER 1"],
  ["DL3007", "ARG I=a:latest\nFROM ${I}\nUSER 1"],
  ["DL3009", "FROM a:1\nRUN apt-get install -y --no-install-recommends x\nUSER 1"],
  ["DL3012", 'FROM a:1\nHEALTHCHECK CMD ["a"]\nHEALTHCHECK CMD ["b"]\nUSER 1'],
  [
    "DL3014",
    "FROM a:1\nRUN apt-get install --no-install-recommends x && rm -rf /var/lib/apt/lists/*\nUSER 1",
  ],
  ["DL3020", "FROM a:1\nADD x /x\nUSER 1"],
  ["DL3022", "FROM a:1\nCOPY --from=nowhere /x /x\nUSER 1"],
  ["DL3025", "FROM a:1\nCMD a b\nUSER 1"],
  ["DL3044", "FROM a:1\nENV A=1 B=$A\nUSER 1"],
  ["DL3048", 'FROM a:1\nLABEL Bad_Key="x"\nUSER 1'],
  ["DL3059", "FROM a:1\nRUN a\nRUN b\nUSER 1"],
  ["DL4006", "FROM a:1\nRUN a | b\nUSER 1"],
])("%s is found", (rule, text) => {
  expect(dockerfileMistakes(text).map((mistake) => mistake.slice(0, 6))).toEqual([rule]);
});

/** Variables of the last stages, as ENV sets them. */
function environment(text: string): Record<string, string> {
  const properties = DockerfileParser.parse(text)
    .getENVs()
    .flatMap((env) => env.getProperties());
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? ""]));
}

test.each(Object.entries(both))("%s: the container is what deployments take it for", (_, text) => {
  expect(environment(text)).toMatchObject({ ...RESERVED_ENV, LOG_FORMAT: "json", LOG_LEVEL: "info" });
  expect(text).toMatch(new RegExp(`^USER ${CONTAINER.user}\\b`, "m"));
  expect(text).toContain(`ENTRYPOINT ["${CONTAINER.entrypoint}"]\nCMD ["run"]\n`);
  expect(text).toContain(`CMD ["${CONTAINER.entrypoint}", "healthcheck"]\n`);
  expect(text).toMatch(
    new RegExp(
      `--owner=${CONTAINER.user} --group=${CONTAINER.group} \\S+ ${CONTAINER.data} ${CONTAINER.cache}\\b`,
    ),
  );
});

test("versions are those of package.json", () => {
  expect(generic).toContain(`\nARG BUN_IMAGE=oven/bun:${devDependencies.bun}-slim\n`);
  expect(generic).toContain(`\nARG VERSION=${version}\n`);
  expect([...generic.matchAll(/-t agent2389:(\S+)/g)].map(([, tag]) => tag)).toEqual([version, version]);
});

test("Dockerfile.jetson is what the renderer gives (bun scripts/generate.ts)", () => {
  expect(jetson).toBe(dockerfileFor(DEFAULT_JETPACK, version));
});

/** The last line of .dockerignore that fits says whether a path is let in. */
async function letIn(path: string): Promise<boolean> {
  const lines = (await Bun.file(join(root, ".dockerignore")).text()).split("\n");
  const rules = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const fits = (pattern: string): boolean =>
    new Bun.Glob(pattern).match(path) || new Bun.Glob(`${pattern}/**`).match(path);
  const last = rules.findLast((rule) => fits(rule.replace(/^!/, "")));
  return last === undefined || last.startsWith("!");
}

/** Files outside of src that the program is made of. */
async function importedFromElsewhere(): Promise<string[]> {
  const found = new Set<string>();
  for await (const file of new Bun.Glob("src/**/*.ts").scan(root)) {
    if (/\.(test|fixture)\.ts$/.test(file)) continue;
    const text = await Bun.file(join(root, file)).text();
    for (const [, path] of text.matchAll(/(?:from|import\()\s*"(\.\.?\/[^"]+)"/g)) {
      const target = posix.join(posix.dirname(file), path!);
      if (!target.startsWith("src/")) found.add(target);
    }
  }
  return [...found].sort();
}

test("the build context holds all that the program is made of", async () => {
  const needed = [
    ...(await importedFromElsewhere()),
    ...["package.json", "bun.lock", "bunfig.toml", "tsconfig.json", "scripts/build.ts", "src/main.ts"],
    "config/agents/researcher.toml",
  ];
  expect(needed).toContain("config/templates/basic-agent.toml.template");
  for (const path of needed) expect([path, await letIn(path)]).toEqual([path, true]);
});

test.each([
  "src/main.test.ts",
  "src/deploy/plans.fixture.ts",
  "src/deploy/targets/fly/golden/minimal/fly.toml",
  "node_modules/ajv/package.json",
  ".env",
  "config/environments/production.env",
  "scripts/test.ts",
  "bench/run.ts",
])("the build context is without %s", async (path) => {
  expect(await letIn(path)).toBe(false);
});

import { expect, test } from "bun:test";
import { join } from "node:path";

/** Loads in a process of its own and tells which packages that took. */
async function packagesLoadedFor(text: string): Promise<string[]> {
  const source = `
    import { parseConfig } from ${JSON.stringify(join(import.meta.dir, "load.ts"))};
    import { standardFeatures as features } from ${JSON.stringify(join(import.meta.dir, "standard-features.ts"))};
    await parseConfig(${JSON.stringify(text)}, "x.toml", { env: {}, cwd: "/", features }).catch(() => {});
    const packages = Object.keys(require.cache).map((path) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(path)?.[1]);
    console.log(JSON.stringify([...new Set(packages.filter(Boolean))]));
  `;
  const child = Bun.spawn([process.execPath, "--eval", source], { stdout: "pipe", stderr: "inherit" });
  const output = await new Response(child.stdout).text();
  return JSON.parse(output);
}

const VALID =
  '[agent]\nid = "a"\n[llm]\nprovider = "openai"\nmodel = "x"\n[tools]\nhttp_request = "builtin"\n';

test("a valid config loads without what explains problems, and without what tools and models do their work with", async () => {
  const packages = await packagesLoadedFor(VALID);
  expect(packages).toEqual(expect.arrayContaining(["smol-toml", "zod"]));
  for (const heavy of [
    "toml-eslint-parser",
    "openai",
    "@modelcontextprotocol",
    "mqtt",
    "aedes",
    "ajv",
    "hono",
  ]) {
    expect(packages.filter((name) => name.startsWith(heavy))).toEqual([]);
  }
});

test("a config with a problem loads the parser that knows places", async () => {
  expect(await packagesLoadedFor(`${VALID}x = 5`)).toContain("toml-eslint-parser");
});

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "smol-toml";
import { toolDescriptions } from "../../tools/table.ts";
import { standardFeatures } from "../standard-features.ts";
import { load, MINIMAL } from "../testing.fixture.ts";
import { editorSchema } from "./json-schema.ts";

const root = join(import.meta.dir, "../../..");
const schema = editorSchema(toolDescriptions());
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
const read = (path: string) => readFileSync(join(root, path), "utf8");
const accepts = (text: string) => validate(JSON.parse(JSON.stringify(parse(text))));

describe("an editor accepts what loads", () => {
  const good = readdirSync(join(import.meta.dir, "../fixtures/good")).map(
    (name) => `src/config/fixtures/good/${name}`,
  );
  test.each([...new Bun.Glob("config/agents/**/*.toml").scanSync(root), ...good])("%s", (path) => {
    expect(accepts(read(path)) ? [] : validate.errors).toEqual([]);
  });

  test.each([
    '[server]\nport = "${PORT}"',
    '[server]\nport = "${PORT:-8080}"\nenabled = "${ENABLED:-true}"',
    '[log]\nlevel = "${LEVEL:-info}"',
    '[mqtt]\nbroker_url = "${SCHEME}://x"\nprotocol = "5"',
    '[tools]\nhttp_request = { impl = "http_request", timeout = "${T}", methods = ["GET", "${M}"] }',
    '[tools]\ndocs = { impl = "mcp", config = { url = "${URL}" } }\nsearch = "brave"\necho = "builtin"',
    '[tools.http_request]\nimpl = "mcp"\ncommand = "x"',
    '[routing]\nstrategy = "gatekeeper"\ngatekeeper = { url = "${URL}" }',
  ])("%s", async (lines) => {
    const text = `${MINIMAL}\n${lines}`;
    expect(accepts(text) ? [] : validate.errors).toEqual([]);
    const env = {
      PORT: "1",
      ENABLED: "1",
      LEVEL: "info",
      SCHEME: "mqtt",
      T: "5",
      M: "PUT",
      URL: "https://x.example",
    };
    await load(text, { env, features: standardFeatures });
  });
});

describe("an editor refuses what does not load", () => {
  test.each([
    "[agnt]",
    "[server]\nport = 99999",
    '[server]\nport = "8080"',
    '[server]\nenabled = "yes"',
    '[log]\nlevel = "loud"',
    '[mqtt]\nbroker_url = "localhost"',
    "[budget]\nmax_iterations = 0",
    '[tools]\nhttp_request = { impl = "builtin", timout = 5 }',
    "[tools]\nhttp_request = { timeout = 5 }",
    '[tools]\nhttp_request = { impl = "http_request", config = { methods = ["FETCH"] } }',
    '[tools]\nsearch = "altavista"',
    "[tools]\nsearch = 5",
    '[[tools]]\nimplementation = "builtin"',
    '[routing]\nstrategy = "dice"',
  ])("%s", async (lines) => {
    const text = `${MINIMAL}\n${lines}`;
    expect(accepts(text)).toBe(false);
    await expect(load(text, { features: standardFeatures })).rejects.toThrow();
  });
});

test("it stays within what TOML editors understand: draft-07, no $ref, every tool with its options", () => {
  const text = JSON.stringify(schema);
  expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
  expect(text).not.toMatch(/"(\$ref|\$defs|definitions|prefixItems|unevaluatedProperties)"/);
  for (const { tool, summary, options } of toolDescriptions()) {
    expect(text).toContain(JSON.stringify(summary));
    const form = schema.properties?.["tools"]?.anyOf?.[0]?.properties?.[tool]?.anyOf?.[1];
    expect(Object.keys(form?.properties ?? {})).toEqual(
      expect.arrayContaining(["impl", "config", ...Object.keys(options.properties ?? {})]),
    );
  }
});

test("shipped configs point to it", () => {
  for (const path of new Bun.Glob("config/agents/**/*.toml").scanSync(root)) {
    const [, schemaPath] = /^#:schema (\S+)\n/.exec(read(path)) ?? [];
    expect(join(root, path, "..", schemaPath!)).toBe(join(root, "config/agent.schema.json"));
  }
});

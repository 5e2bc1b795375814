import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Glob } from "bun";
import { UsageError } from "../src/base/errors.ts";
import { checkArguments, commandLinesIn } from "../src/cli/framework/command-lines.fixture.ts";
import type { Program } from "../src/cli/framework/table.ts";
import { programs } from "../src/cli/index.ts";
import { parseConfig } from "../src/config/load.ts";
import { standardFeatures } from "../src/config/standard-features.ts";
import { ENVIRONMENT_OVERRIDES } from "../src/config/values/overrides.ts";
import prices from "../src/llm/prices.json" with { type: "json" };
import { PROVIDER_NAMES } from "../src/llm/providers.ts";
import { envelopeSchema } from "../src/protocol/envelope.ts";
import { replySchema, statusSchema } from "../src/protocol/messages.ts";
import { createMetrics } from "../src/server/metrics.ts";
import { toolFactories } from "../src/tools/table.ts";

/** What the pages say is held to what the program does, as far as that can be read. */

const root = join(import.meta.dir, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = ["README.md", "CONTRIBUTING.md", ...[...new Glob("docs/**/*.md").scanSync(root)].sort()];
interface Block {
  language: string;
  text: string;
}

const blocksOf = (page: string): Block[] =>
  [...read(page).matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
const blocksIn = (page: string, language: string): string[] =>
  blocksOf(page).flatMap((block) => (block.language === language ? [block.text] : []));
const proseOf = (page: string): string => read(page).replace(/^```[\s\S]*?^```$/gm, "");
const codeIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

describe.each(pages)("%s", (page) => {
  test("its links lead somewhere", () => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const dead = links.filter((target) => !/^(https?|mailto):/.test(target) && !resolves(page, target));
    expect(dead).toEqual([]);
  });

  test("the program takes every command line in it", async () => {
    for (const program of programs) {
      const lines = (texts: string[]) => texts.flatMap((text) => commandLinesIn(text, program.name));
      for (const argv of lines(blocksIn(page, "sh"))) await takes(program, argv);
      for (const argv of lines(codeIn(proseOf(page)))) await takes(program, argv, { inPart: true });
    }
  });

  test("npm knows every script in it", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = [...read(page).matchAll(/\b(?:npm|bun) run ([a-z:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test("every config in it loads", async () => {
    for (const text of blocksIn(page, "toml")) await loads(text, page);
  });

  test("every JSON document in it is one", () => {
    for (const text of blocksIn(page, "json")) expect(() => documents(text)).not.toThrow();
  });

  test("its code blocks are in languages that are looked at here", () => {
    const languages = blocksOf(page).map(({ language }) => language);
    expect(languages.filter((language) => !/^(sh|toml|json|text|)$/.test(language))).toEqual([]);
  });
});

function resolves(page: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : relative(root, join(root, dirname(page), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(file).includes(anchor);
}

/** As GitHub makes them of headings. */
const anchorsOf = (file: string): string[] =>
  [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** `inPart`: a command may be spoken of without its arguments. */
async function takes(program: Program, argv: string[], { inPart = false } = {}): Promise<void> {
  try {
    await checkArguments(program, argv);
  } catch (error) {
    if (inPart && error instanceof UsageError && error.message.includes(" is missing")) return;
    throw new Error(`${program.name} ${argv.join(" ")}`, { cause: error });
  }
}

/** Parts of a config are completed with the least that makes them whole. */
function loads(text: string, page: string) {
  const agent = /^\[agent\]/m.test(text) ? "" : '[agent]\nid = "a"\n';
  const llm = /^\[llm\]/m.test(text) ? "" : '[llm]\nprovider = "openai"\nmodel = "gpt-5.4-mini"\n';
  const names = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!);
  const env = Object.fromEntries(names.map((name) => [name, "x"]));
  return parseConfig(`${agent}${llm}${text}`, page, { env, cwd: "/", features: standardFeatures });
}

/** One document, or one a line. */
function documents(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }
}

test("agents of the program are asked by their ids, not by the names of their files", () => {
  const files = [...new Glob("config/agents/**/*.toml").scanSync(root)];
  const shipped = new Map(
    files.map((file) => [basename(file, ".toml"), /^id = "(.+)"$/m.exec(read(file))?.[1]]),
  );
  const asked = pages.flatMap((page) =>
    [...read(page).matchAll(/agent2389 ask ([\w-]+)/g)].map(([, id]) => id!),
  );
  expect(asked).toContain("model-car-agent");
  expect(asked.filter((id) => shipped.has(id) && shipped.get(id) !== id)).toEqual([]);
});

test("the messages in docs/protocol.md follow the protocol", () => {
  const schemas = [envelopeSchema, replySchema, statusSchema];
  const messages = blocksIn("docs/protocol.md", "json").flatMap(documents);
  expect(messages.length).toBeGreaterThan(3);
  const fits = (one: unknown) => schemas.some((schema) => schema.safeParse(one).success);
  expect(messages.filter((one) => !fits(one))).toEqual([]);
});

describe("docs/running.md", () => {
  const page = read("docs/running.md");

  test("names every metric, and no other", async () => {
    const metrics = createMetrics();
    const names = [...(await metrics.text([])).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
    const told = new Set(page.match(/\b(agent2389|process)_[a-z_]+\b/g));
    expect([...told].sort()).toEqual(names.sort());
  });

  test("names every variable that comes before the config", () => {
    for (const [variable] of ENVIRONMENT_OVERRIDES) expect(page).toContain(`\`${variable}\``);
  });

  test("quotes messages that the program has", () => {
    const source = [...new Glob("src/**/*.ts").scanSync(root)]
      .filter((file) => !/test|fixture/.test(file))
      .map(read)
      .join("\n");
    const table = page.slice(page.indexOf("## Troubleshooting"));
    const rows = [...table.matchAll(/^\| (.*?) \| /gm)].map(([, quotes = ""]) => quotes);
    const fragments = rows
      .flatMap(codeIn)
      .flatMap((code) => code.split("…"))
      .map((fragment) => fragment.replace(/^[\s:"()?]+|[\s:"()?]+$/g, ""));
    expect(fragments.length).toBeGreaterThan(20);
    expect(fragments.filter((fragment) => !source.includes(fragment))).toEqual([]);
  });
});

test("docs/llm.md has every provider, and the dates of the prices", () => {
  const page = read("docs/llm.md");
  for (const name of PROVIDER_NAMES) expect(page).toContain(`| \`${name}\` |`);
  const rows = [...page.matchAll(/^\| (\w+)(?: \(and azure\))? \| (\d+) \| (\S+) \|$/gm)];
  const told = Object.fromEntries(rows.map(([, name, count, date]) => [name, [Number(count), date]]));
  const table = Object.entries(prices).map(([name, { models, as_of }]) => [
    name,
    [Object.keys(models).length, as_of],
  ]);
  expect(told).toEqual(Object.fromEntries(table));
});

test("docs/tools.md has every tool", () => {
  const page = read("docs/tools.md");
  for (const { name, impls } of toolFactories)
    for (const impl of [name, ...impls]) expect(page).toContain(`\`${impl}\``);
});

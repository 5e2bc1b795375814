import { expect, test } from "bun:test";
import { parseConfig } from "./load.ts";
import { ConfigError } from "./problems/problem.ts";
import { standardFeatures } from "./standard-features.ts";
import { MINIMAL } from "./testing.fixture.ts";

/** Texts as large as a config may be, each made to be slow for one part of the loader. */
const SIZE = 1024 * 1024 - 1024;
const fill = (piece: string) => piece.repeat(Math.floor(SIZE / piece.length));
const lines = (line: (i: number) => string) => Array.from({ length: 25_000 }, (_, i) => line(i)).join("\n");
const prompt = (text: string) => MINIMAL.replace('"Answer."', () => `'''\n${text}'''`);

const texts: Record<string, string> = {
  "unknown keys": MINIMAL + lines((i) => `key${i} = "v"`),
  "unknown tables": MINIMAL + lines((i) => `[table${i}]`),
  "wrong tools": `${MINIMAL}[tools]\n${lines((i) => `t${i} = { impl = 3 }`)}`,
  secrets: MINIMAL + lines((i) => `a${i}_token = "sk-abcdefgh${i}xyzabc"`),
  "unset variables": prompt(fill("${A} ")),
  "what might be the scheme of a URL": prompt(fill("a.")),
  "what might be URLs with passwords": prompt(fill("http://a:")),
  "what might be private keys": prompt(fill("-----BEGIN PRIVATE KEY-----")),
  "a long key": `${MINIMAL}${fill("k")} = 1`,
  "a long line": `${MINIMAL}capab = "${fill("x y")}"`,
  "a string that does not end": `${MINIMAL}x = "${fill("a")}\n`,
  "one line without =": MINIMAL + fill("x"),
  "one line of pairs": `${MINIMAL}x = { ${lines((i) => `k${i} = 1`).replaceAll("\n", ", ")} }`,
};

test.each(Object.entries(texts))("a mebibyte of %s ends in time", async (_, text) => {
  const started = performance.now();
  try {
    await parseConfig(text, "agent.toml", { env: {}, cwd: "/", features: standardFeatures });
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    const pretty = (thrown as ConfigError).pretty({ color: false });
    expect(pretty.length).toBeLessThan(100_000);
  }
  expect(performance.now() - started).toBeLessThan(5000);
});

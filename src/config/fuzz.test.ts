import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { EMBEDDED_AGENTS } from "./embedded.ts";
import { type ParsedConfig, parseConfig } from "./load.ts";
import { ConfigError } from "./problems/problem.ts";
import { showConfig } from "./show/show.ts";
import { standardFeatures } from "./standard-features.ts";

/** What must never be said, whatever is wrong: in the environment, under a key for secrets, and of a known form. */
const SECRETS = {
  OPENAI_API_KEY: "openai-horse-battery",
  MQTT_PASSWORD: "mqtt-horse-battery",
  SERPER_API_KEY: "serper-horse-battery",
  SOME_TOKEN: "token-horse-battery",
};
const LITERAL = "sk-proj-horse0battery1staple2";
const env = { ...SECRETS, MQTT_BROKER_URL: "mqtt://me:broker-horse-battery@localhost:1883" };

async function outcome(text: string): Promise<ParsedConfig | ConfigError> {
  const started = performance.now();
  try {
    return await parseConfig(text, "fuzz.toml", { env, cwd: "/", features: standardFeatures });
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  } finally {
    expect(performance.now() - started).toBeLessThan(5000);
  }
}

async function saysNoSecret(text: string): Promise<void> {
  const result = await outcome(text);
  const said =
    result instanceof ConfigError
      ? [result.message, result.pretty({ color: false }), JSON.stringify(result), result.stack]
      : [...result.warnings, await showConfig(result, "toml"), await showConfig(result, "json")];
  expect(said.join("\n")).not.toMatch(/horse/);
}

const fixtures = join(import.meta.dir, "fixtures/good");
const valid = [
  ...readdirSync(fixtures).map((name) => readFileSync(join(fixtures, name), "utf8")),
  ...EMBEDDED_AGENTS.map(({ text }) => text),
];

describe("whatever the text, it loads or ends in a ConfigError", () => {
  test("random bytes", async () => {
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        async (bytes) => void (await outcome(decode(bytes))),
      ),
      { numRuns: 1500 },
    );
  });

  test("random pieces of TOML", async () => {
    const piece = fc.constantFrom(
      ..."[]{}=,.#'\"\n\\".split(""),
      ...[
        '"""',
        "'''",
        "[[",
        "]]",
        "agent",
        "llm",
        "tools",
        "id",
        "model",
        "${",
        "${X",
        "$${",
        ":-",
        "}",
        " ",
        "\t",
      ],
      ...[
        "1",
        "-",
        "1e9",
        "0x",
        "inf",
        "nan",
        "true",
        "2024-01-01",
        "__proto__",
        "constructor",
        "é",
        "\u0000",
        "\r\n",
      ],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 80 }),
        async (pieces) => void (await outcome(pieces.join(""))),
      ),
      { numRuns: 3000 },
    );
  });

  test("random values under the keys of the config", async () => {
    const keys = [
      "agent",
      "mqtt",
      "llm",
      "tools",
      "budget",
      "routing",
      "fallback",
      "prices",
      "id",
      "model",
      "provider",
    ];
    const more = [
      "impl",
      "config",
      "name",
      "headers",
      "api_key",
      "api_key_env",
      "strategy",
      "temperature",
      "port",
      "dir",
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom("x", "", "${SOME_TOKEN}", "${GONE}", "builtin", "openai", LITERAL, 1, -1, 0.5, true),
        fc.string({ maxLength: 8 }),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys, ...more), tie("value"), { maxKeys: 5 }),
      ),
    }));
    const table = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(table, async (data) => saysNoSecret(stringify(data))),
      { numRuns: 1500 },
    );
  });
});

describe("a config that was valid, after", () => {
  const position = fc.double({ min: 0, max: 1, noNaN: true });
  const at = (text: string, where: number) => Math.floor(where * text.length);

  test("a few characters were changed: it never shows a secret of the environment or of a known form", async () => {
    const character = fc.constantFrom(..."[]{}=,.#'\"\n\\$ aZ0é\u0000");
    const edit = fc.record({
      where: position,
      remove: fc.nat({ max: 12 }),
      insert: fc.string({ unit: character, maxLength: 4 }),
    });
    const base = fc.constantFrom(...valid);
    await fc.assert(
      fc.asyncProperty(base, fc.array(edit, { minLength: 1, maxLength: 4 }), async (text, edits) => {
        // Planted behind every comment and in the prompt: of a known form, it must be masked wherever it shows.
        let changed = text.replace(/^id = .*$/m, (line) => `${line} # ${LITERAL}`);
        for (const { where, remove, insert } of edits) {
          const i = at(changed, where);
          // The literal itself stays whole: half of a secret has no form to be known by.
          if (changed.slice(Math.max(0, i - 40), i + remove + 40).includes("horse")) continue;
          changed = changed.slice(0, i) + insert + changed.slice(i + remove);
        }
        await saysNoSecret(changed);
      }),
      { numRuns: 3000 },
    );
  });

  test("a line was put somewhere else, twice, or left out", async () => {
    const move = fc.record({ from: position, to: position, keep: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...valid),
        fc.array(move, { minLength: 1, maxLength: 5 }),
        async (text, moves) => {
          const lines = text.split("\n");
          for (const { from, to, keep } of moves) {
            const i = Math.floor(from * lines.length);
            const line = keep ? lines[i]! : lines.splice(i, 1)[0]!;
            lines.splice(Math.floor(to * lines.length), 0, line ?? "");
          }
          await saysNoSecret(lines.join("\n"));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("a secret was written into it, under any key that is for one", async () => {
    const key = fc.constantFrom(
      "api_key",
      "apiKey",
      "password",
      "token",
      "client_secret",
      "X-API-KEY",
      "secret",
      "authToken",
    );
    const secret = fc.constantFrom(
      "horse",
      "horse-battery",
      "correct horse",
      'ho"rse\\horse',
      "horse\nhorse",
      "sk-horse",
    );
    const table = fc.constantFrom(
      "agent",
      "mqtt",
      "llm",
      "budget",
      "server",
      "routing.llm",
      "tools.x",
      "nowhere",
    );
    const broken = fc.constantFrom("", "x = ", "= 1", "[", "model = 5", "colour = 1", 'temperature = "high"');
    await fc.assert(
      fc.asyncProperty(key, secret, table, broken, async (key, secret, table, broken) => {
        const text = `${valid[0]}\n[${table}]\n${broken}\n${stringify({ [key]: secret })}${broken}`;
        await saysNoSecret(text);
        await saysNoSecret(
          `[${table}]\nx = { ${stringify({ [key]: secret }).trim()}, y = 1 }\n${broken}\nx.y = { z = 1 }`,
        );
      }),
      { numRuns: 600 },
    );
  });
});

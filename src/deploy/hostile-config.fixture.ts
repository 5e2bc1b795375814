import fc from "fast-check";
import { stringify } from "smol-toml";
import { expand } from "../config/values/expand.ts";

/** Configs that are valid, and as unpleasant as valid configs can be. */

/** What some format or other takes for something else than text. */
const NASTY = [
  "on",
  "no",
  "y",
  "~",
  "null",
  "true",
  "1e3",
  "0x1F",
  "1_000",
  "012",
  "-.inf",
  "12:30:45",
  "2026-11-21",
  "=",
  "<<",
  "",
  "{{ .Values.x }}",
  "{{AGENT_ID}}",
  "{%- raw %}",
  "$HOME",
  "$$",
  "$(rm -rf /)",
  "`id`",
  "%s",
  "%{x}",
  "!important",
  "&a *a",
  "- item",
  "? key",
  "key: value",
  "# comment",
  " leading",
  "trailing ",
  "\ttab\there",
  "'single'",
  '"double"',
  "back\\slash",
  "\\n",
  "''",
  '"""',
  "emoji 🗄️👩‍🚀",
  "Zürich",
  "日本語",
  "\u2028line\u2029paragraph",
  "next\u0085line",
  "\ufeffbom",
  "\u00a0",
  "e\u0301",
  "]]>",
  "<b>&amp;</b>",
  "a\nb",
  "\n\nblank lines\n\n",
  "  indented\n    more\n  less\n",
  "line \nwith trailing blank",
  "|",
  ">-",
  "%YAML 1.1",
  "---",
  "...",
  "EOF",
  "`${",
  "a${",
  "$",
  "\u200b",
  "x".repeat(5_000),
] as const;

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string>(...NASTY) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
);

/** Text without what TOML cannot hold as it is, and without variables of the config. */
const hostileText = fc
  .array(piece, { maxLength: 4 })
  .chain((pieces) => fc.constantFrom("", " ", "\n").map((between) => pieces.join(between)))
  .map((text) =>
    text
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]/gu, "")
      .replace(/(?<!\$)\$\{/g, () => "$${"),
  );

/** As people write prompts: over several lines, with nothing escaped that need not be. */
const multiLine = (text: string): string => `"""\n${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"""`;

const variableName = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/).map((name) => `X_${name}_VALUE`);

export interface HostileConfig {
  toml: string;
  /** What stands in [deploy.env], as the agent is to see it; an empty variable would count as not set. */
  env: Record<string, string>;
}

export const hostileConfig: fc.Arbitrary<HostileConfig> = fc
  .record({
    id: fc.stringMatching(/^[a-z][a-zA-Z0-9._-]{0,20}[a-z0-9]$/),
    description: hostileText,
    capabilities: fc.array(hostileText, { maxLength: 2 }),
    prompt: hostileText,
    env: fc.dictionary(
      variableName,
      hostileText.filter((text) => text !== ""),
      { maxKeys: 4 },
    ),
    storage: fc.boolean(),
    comment: hostileText,
  })
  .map(({ id, description, capabilities, prompt, env, storage, comment }) => {
    const tables = stringify({
      mqtt: {
        broker_url: "mqtts://mqtt.example.com:8883",
        username_env: "MQTT_USERNAME",
        password_env: "MQTT_PASSWORD",
      },
      deploy: { env, ...(storage && { storage: "1Gi" }) },
    });
    const toml = `# ${comment.replace(/\s/g, " ")}
[agent]
id = ${JSON.stringify(id)}
description = ${multiLine(description)}
capabilities = [${capabilities.map(multiLine).join(", ")}]

[llm]
provider = "openai"
model = "gpt-5.4-mini"
system_prompt = ${multiLine(prompt)}

${tables}`;
    const seen = Object.entries(env).map(([name, value]) => [name, expand(value, {}).text]);
    return { toml, env: Object.fromEntries(seen) };
  });

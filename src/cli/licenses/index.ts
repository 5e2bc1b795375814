import { ExpectedError, UsageError } from "../../base/errors.ts";
import { defineCommand } from "../framework/command.ts";
import { line } from "../terminal/streams.ts";
import { table } from "../terminal/table.ts";
import type { Notice } from "./notice.ts";
import { packedNotices } from "./packed-notices.ts";

export const command = defineCommand({
  summary: "Tell the licences of what is in this program",
  description:
    "Lists what the program carries of others, with versions and licences; with a name, prints its licence and notices.",
  positionals: [{ name: "component", description: "As the list has it", optional: true }],
  options: { all: { type: "boolean", description: "Print the texts of all of them" } },
  examples: [
    { command: "agent2389 licenses" },
    { command: "agent2389 licenses 'ONNX Runtime'" },
    { command: "agent2389 licenses --all > THIRD-PARTY-NOTICES.txt" },
  ],
  async run({ stdout, globals }, { component }, { all }) {
    const notices = await readNotices();
    if (globals.json)
      line(stdout, JSON.stringify(component === undefined ? notices : [one(notices, component)]));
    else if (all) stdout.write(notices.map(textOf).join("\n"));
    else if (component !== undefined) stdout.write(textOf(one(notices, component)));
    else
      stdout.write(
        table(
          [{ title: "COMPONENT" }, { title: "VERSION" }, { title: "LICENCE", shrinks: true }],
          notices.map(({ name, version, license }) => [name, version, license]),
          stdout,
        ),
      );
    return 0;
  },
});

async function readNotices(): Promise<Notice[]> {
  const file = packedNotices();
  if (file === undefined)
    throw new ExpectedError("this program was not built: the licences are gathered as it is", {
      hint: "Build it with bun scripts/build.ts; those of packages lie in node_modules, others in third-party.",
    });
  const text = new TextDecoder().decode(await Bun.zstdDecompress(await Bun.file(file).bytes()));
  return JSON.parse(text) as Notice[];
}

function one(notices: readonly Notice[], wanted: string): Notice {
  const found = notices.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found) return found;
  throw new UsageError(`nothing in this program is called "${wanted}"`, {
    hint: "agent2389 licenses lists it.",
  });
}

const textOf = ({ name, version, license, text }: Notice): string => {
  const title = `${name} ${version} (${license})`;
  return `${title}\n${"=".repeat(title.length)}\n\n${text.trimEnd()}\n`;
};

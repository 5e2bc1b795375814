import { type Command, defineCommand } from "../framework/command.ts";
import type { Program } from "../framework/table.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completionModel } from "./model.ts";
import { zshScript } from "./zsh.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** The command of a program that makes its completion scripts. */
export const completionOf = (program: Program): Command =>
  defineCommand({
    summary: "Print a script that completes commands and options in your shell",
    positionals: [{ name: "shell", description: "Which shell", choices: SHELLS }],
    examples: [
      { command: `eval "$(${program.name} completion bash)"`, note: "in ~/.bashrc" },
      { command: `eval "$(${program.name} completion zsh)"`, note: "in ~/.zshrc, after compinit" },
      { command: `${program.name} completion fish | source`, note: "in ~/.config/fish/config.fish" },
    ],
    async run({ stdout, program: called }, { shell }) {
      stdout.write(SCRIPTS[shell]({ name: program.name, called, nodes: await completionModel(program) }));
      return 0;
    },
  });

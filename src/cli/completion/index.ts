import { defineCommand } from "../framework/command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completionModel } from "./model.ts";
import { zshScript } from "./zsh.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const command = defineCommand({
  summary: "Print a script that completes commands and options in your shell",
  positionals: [{ name: "shell", description: "Which shell", choices: SHELLS }],
  examples: [
    { command: 'eval "$(agent2389 completion bash)"', note: "in ~/.bashrc" },
    { command: 'eval "$(agent2389 completion zsh)"', note: "in ~/.zshrc, after compinit" },
    { command: "agent2389 completion fish | source", note: "in ~/.config/fish/config.fish" },
  ],
  async run({ program, stdout }, { shell }) {
    const { programNamed } = await import("../index.ts");
    stdout.write(SCRIPTS[shell](program, await completionModel(programNamed(program))));
    return 0;
  },
});

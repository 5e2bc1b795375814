import editor from "../../config/agents/editor.toml" with { type: "text" };
import judge from "../../config/agents/judge.toml" with { type: "text" };
import researcher from "../../config/agents/researcher.toml" with { type: "text" };
import codeReviewer from "../../config/agents/specialized/code-reviewer.toml" with { type: "text" };
import customerSupport from "../../config/agents/specialized/customer-support.toml" with { type: "text" };
import dataAnalyst from "../../config/agents/specialized/data-analyst.toml" with { type: "text" };
import modelCar from "../../config/agents/specialized/model-car.toml" with { type: "text" };
import tensorrtWorker from "../../config/agents/specialized/tensorrt-worker.toml" with { type: "text" };
import writer from "../../config/agents/writer.toml" with { type: "text" };

/** An agent that is part of the program: it runs without a file. */
export interface EmbeddedAgent {
  /** As it is asked for: `researcher`. */
  name: string;
  /** Stands for the file; relative paths in the config are taken from the working folder. */
  file: string;
  /** TOML. */
  text: string;
}

const TEXTS: Readonly<Record<string, string>> = {
  researcher,
  writer,
  editor,
  judge,
  "code-reviewer": codeReviewer,
  "data-analyst": dataAnalyst,
  "customer-support": customerSupport,
  "tensorrt-worker": tensorrtWorker,
  "model-car": modelCar,
};

/** The agents of `config/agents`, for `demo`, `up researcher` and completion. */
export const EMBEDDED_AGENTS: readonly EmbeddedAgent[] = Object.entries(TEXTS).map(([name, text]) => ({
  name,
  file: `builtin:${name}.toml`,
  text,
}));

/** The agent of this name (`researcher`, or its id `researcher-agent`), or undefined. */
export function embeddedAgent(name: string): EmbeddedAgent | undefined {
  return EMBEDDED_AGENTS.find((agent) => agent.name === name || `${agent.name}-agent` === name);
}

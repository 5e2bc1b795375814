import type { DeploySection } from "./config.ts";

/** An environment variable that a config has to do with. */
export interface VariableFact {
  name: string;
  /** What it holds must never be written down. */
  secret: boolean;
  /** Without it the agent does not start, or does not do its work. */
  required: boolean;
  /** The config says what is taken without it: `${NAME:-default}`. */
  defaulted: boolean;
  /** Where the config asks for it: `llm.api_key_env`. */
  usedBy: readonly string[];
}

/** A file that the config names. */
export interface NamedFile {
  /** Where the config names it: `mqtt.ca_file`. */
  usedBy: string;
  /** As the config names it. */
  path: string;
  /** Undefined: it is not carried. `problem` says why; without one, the image has it. */
  text: string | undefined;
  problem?: { message: string; hint: string };
}

/** A value that comes before the one in the config: `--set llm.model=gpt-5.4`. */
export interface KeyValue {
  /** Dotted. */
  key: string;
  value: string;
}

/** What the planner needs to know of one agent: gathered from its config by the layer above, which reads configs. */
export interface AgentInput {
  /** Where the config came from, as it was named. */
  source: string;
  /** TOML, as it was read. */
  text: string;
  /** Name that the command line asks for. */
  name: string | undefined;
  agentId: string;
  description: string;
  deploy: DeploySection;
  /** As it takes effect, before any broker is deployed along; loopback where none was named. */
  brokerUrl: string;
  /** Variables of the broker's login. */
  login: { username: string | undefined; password: string | undefined };
  /** Several replicas share the tasks: [mqtt] shared_subscription. */
  sharedSubscription: boolean;
  drainSeconds: number;
  /** Where tasks go that are not done by then, if the config says: [runtime] hand_back. */
  handBack: "journal" | "broker" | undefined;
  /** Tasks worked at the same time: [runtime] concurrency. */
  concurrency: number;
  /** The health server is on. */
  health: boolean;
  /** [storage] dir is set: accepted tasks are to be kept on purpose. */
  keepsData: boolean;
  log: { level: string; format: string };
  variables: readonly VariableFact[];
  /** Plain variables that have a value, wherever from. */
  env: Readonly<Record<string, string>>;
  /** Entries of [deploy.env] that are secrets, or made of some. */
  misplaced: readonly string[];
  files: readonly NamedFile[];
  /** Config keys that were set on the command line, without those of [deploy]. */
  set: readonly KeyValue[];
}

import type { AgentPlan, DeployPlan } from "./plan.ts";

/**
 * A platform that agents can be deployed to: a value, without state, whose functions are pure. They say what is to be
 * written and what is to be run; `apply.ts` alone touches the world.
 */
export interface DeployTarget {
  name: string;
  /** One line, without a full stop. */
  summary: string;
  /** Programs that its steps call, each needed when a step to be run calls it; rendering needs none. */
  clis: readonly CliRequirement[];
  /** A broker that is deployed along is reached from this machine alone, and wants no login. */
  openBroker?: true;
  /** Everything about the plan that this platform cannot carry. Called before anything else. */
  problems(plan: DeployPlan): PlanProblem[];
  /** Files by path relative to the output folder. The same plan gives the same bytes. */
  render(plan: DeployPlan): Files;
  /** Everything that is done to the platform; undefined for one that can only be rendered for (Helm, Colab, systemd). */
  operations?: TargetOperations;
  /** What to do with the rendered files where there are no operations, or after `render`. */
  instructions(plan: DeployPlan): string[];
}

export type Files = Readonly<Record<string, string>>;

export interface PlanProblem {
  /** Deployment that it concerns; undefined: all. */
  agent?: string;
  /** What is wrong, as "the name … is no DNS label". */
  message: string;
  hint: string;
}

export interface CliRequirement {
  /** Names that it goes by, the best first: `["fly", "flyctl"]`. Steps say the first; apply puts in the one found. */
  commands: readonly string[];
  versionArgs: readonly string[];
  /** This program itself: the one that runs is taken, wherever it is. */
  self?: true;
  /** Oldest version that will do, as "2.24.0". */
  minVersion?: string;
  /** How to get it: one line. */
  install: string;
}

export interface TargetOperations {
  /**
   * Steps in order: prepare, secrets, apply, wait until ready. Doing them again changes nothing. `given`: names of the
   * secrets that have a value here and are to be set; the others stand on the platform already.
   */
  deploy(plan: DeployPlan, dir: RenderedFolder, given: readonly string[]): Step[];
  status(plan: DeployPlan): Step[];
  logs(plan: DeployPlan, options: LogOptions): Step[];
  destroy(plan: DeployPlan, dir: RenderedFolder): Step[];
  /**
   * Back to the version before. `dir` holds the files of that version, where they are known on this machine
   * (`isBefore`), else those of the configs as they are.
   */
  rollback(plan: DeployPlan, dir: RenderedFolder, isBefore: boolean): Step[];
  /** The platform keeps no versions: without the files of the one before there is no way back. */
  rollbackByFiles?: true;
  /** What would change on the platform; shows nothing when nothing would. */
  diff(plan: DeployPlan, dir: RenderedFolder): Step[];
  /** Sets the secrets that are given, and no others. */
  pushSecrets(plan: DeployPlan, agent: AgentPlan, names: readonly string[], dir: RenderedFolder): Step[];
  /** The platform keeps no secrets: a container that is replaced gets those that are given then. */
  forgetsSecrets?: true;
  /** Reads which secrets are set: names only. */
  listSecrets(plan: DeployPlan, agent: AgentPlan): SecretQuery;
  /** Where the agent is reached, and what to do next; shown after a deployment. */
  next(plan: DeployPlan): string[];
}

/** Folder with what `render` gave. */
export type RenderedFolder = string;

export interface LogOptions {
  follow: boolean;
  tail: number;
  agent?: string | undefined;
}

/** Values of secrets by the variable's name; exists only while steps run. */
export type SecretValues = Readonly<Record<string, string>>;

/** One call of a program. Never a shell string, never a secret in it. */
export interface Step {
  /** What it does, in the imperative: "create the app researcher-agent". */
  title: string;
  argv: readonly [command: string, ...args: string[]];
  stdin?: StepInput;
  cwd?: string;
  /** Variables besides those of the environment; no secrets. */
  env?: Readonly<Record<string, string>>;
  /** Secrets that the program gets as environment variables (Compose reads them there), by name. */
  secretEnv?: readonly string[];
  /** Only looks: it is run in a dry run of `diff` and shown apart from what changes things. */
  readOnly?: boolean;
  /** Its output is for the user: logs, status. */
  shown?: boolean;
  /**
   * Runs until it is stopped, and showing what it writes is what it is for. It is asked to end once, gets all the time
   * that it needs, and to have been stopped is no failure.
   */
  foreground?: true;
  /**
   * Reads what it printed, once it ended well: gives what is shown in place of that (undefined: nothing), or throws an
   * ExpectedError that says what is wrong and what to do: an unknown region, a difference.
   */
  inspect?: (stdout: string) => string | undefined;
  /** Arguments that only another program can tell (the image of the release before); put at the end of argv. */
  argsFrom?: ArgumentQuery;
  /** Asks first whether the step is needed. */
  skipIf?: Probe;
  /** Needed so seldom that skipping it is not worth a word. */
  quietSkip?: true;
  /** Exit codes that are no failure; default: 0 alone. `kubectl diff` ends with 1 for differences. */
  okCodes?: readonly number[];
  timeoutSeconds?: number;
  /** Asked every few seconds while it runs: nothing will come of it, so it is ended and has failed, `because` of that. */
  hopelessIf?: Probe;
  /** What is run and shown when it fails: the pod's reason, the last log lines. */
  diagnose?: readonly Step[];
  /** What stands when this step fails and how to go on: one sentence. */
  onFailure?: string;
}

export interface StepInput {
  /** What a dry run shows instead: "Secret researcher-agent-secrets with OPENAI_API_KEY, SERPER_API_KEY". */
  description: string;
  text(secrets: SecretValues): string;
}

export interface Probe {
  argv: readonly [command: string, ...args: string[]];
  /** Decides by what the program said; exit code and output. */
  satisfied(result: { code: number; stdout: string; stderr: string }): boolean;
  /** What is said when the step is skipped: "the app exists". */
  because: string;
}

export interface ArgumentQuery {
  argv: readonly [command: string, ...args: string[]];
  /**
   * From what the program printed. Throws an ExpectedError when the step cannot be done without; gives none when there
   * is nothing to do, and the step is skipped.
   */
  args(stdout: string): readonly string[];
  /** What a dry run shows in their place: "--image <that of the release before>". */
  placeholder: string;
  /** What is said when there is nothing to do: "no old ConfigMaps". */
  because?: string;
}

export interface SecretQuery {
  argv: readonly [command: string, ...args: string[]];
  /** Names of the secrets that are set, from what the program printed; throws an Error when it cannot be read. */
  names(stdout: string): string[];
}

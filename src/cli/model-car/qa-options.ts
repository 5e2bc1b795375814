import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";

/** What a run is like unless someone says otherwise: half an hour and 16 GiB for a model, as Open Data Hub's suite has it. */
export const QA_DEFAULTS = {
  runner: "podman",
  image: undefined,
  results: "qa-results",
  timeout: 1800,
  "qa-namespace": "model-validation",
  "per-model-timeout": 1800,
  memory: 16,
  remedies: 2,
  "skip-smoke": false,
  keep: false,
} as const;

export const RUNNERS = ["podman", "kserve"] as const;

export const qaOptions = {
  runner: {
    type: "string",
    description:
      "What runs them: Open Data Hub's test suite in its container (podman), or InferenceServices of our own (kserve)",
    choices: RUNNERS,
    value: "RUNNER",
    default: QA_DEFAULTS.runner,
  },
  image: {
    type: "string",
    value: "IMAGE",
    description: "Podman: the test container; default: quay.io/opendatahub/opendatahub-tests:latest",
  },
  results: {
    type: "string",
    value: "DIR",
    description: "Podman: folder for the log and the report of the tests",
    default: QA_DEFAULTS.results,
    completes: "directory",
  },
  timeout: {
    type: "number",
    value: "SECONDS",
    description: "Podman: how long all tests may take",
    default: QA_DEFAULTS.timeout,
    min: 1,
    max: 86_400,
  },
  "qa-namespace": {
    type: "string",
    value: "NAME",
    description: "KServe: namespace of the run; made when it is not there, and then removed at the end",
    default: QA_DEFAULTS["qa-namespace"],
  },
  "per-model-timeout": {
    type: "number",
    value: "SECONDS",
    description: "KServe: how long one model may take until it has answered",
    default: QA_DEFAULTS["per-model-timeout"],
    min: 1,
    max: 86_400,
    env: "QA_PER_MODEL_TIMEOUT_S",
  },
  memory: {
    type: "number",
    value: "GIB",
    description: "KServe: memory limit of a serving pod; it is doubled when that does not suffice",
    default: QA_DEFAULTS.memory,
    min: 1,
    max: 65_536,
    whole: true,
  },
  remedies: {
    type: "number",
    value: "N",
    description: "KServe: how often a model is tried again with more memory or a shorter context",
    default: QA_DEFAULTS.remedies,
    min: 0,
    max: 10,
    whole: true,
  },
  "skip-smoke": {
    type: "boolean",
    description:
      "KServe: bring the models up, and ask them nothing; QA_SKIP_POST_DEPLOY_SMOKE=1 says the same",
  },
  keep: { type: "boolean", description: "KServe: leave everything there, scaled to zero" },
} as const satisfies OptionSpecs;

export type QaOptions = OptionValues<typeof qaOptions>;

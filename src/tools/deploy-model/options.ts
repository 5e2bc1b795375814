import { timerSecs } from "../../base/timer-schema.ts";
import * as z from "../../base/zod.ts";
import { TARGET_NAMES } from "../../models/targets/index.ts";

const GIB = 1024;

export const workerOptions = () =>
  z.strictObject({
    target: z.described(
      z._default(z.enum(TARGET_NAMES), "jetson"),
      "What it builds for and runs on: this machine as this target.",
    ),
    max_fetch_mib: z.described(
      z._default(z.int().check(z.minimum(1), z.maximum(1024 * GIB)), 8 * GIB),
      "Largest content that is fetched from a sender, in MiB.",
    ),
    cache_mib: z.described(
      z._default(z.int().check(z.minimum(1)), 32 * GIB),
      "What is kept of models, engines and results when a job has ended, in MiB; the oldest goes first.",
    ),
    timeout_secs: z.described(z._default(timerSecs(), 21_600), "Seconds that one job may take."),
  });

export const deployModelOptions = () =>
  z.strictObject({
    allowed_paths: z.described(
      z._default(z.array(z.string().check(z.minLength(1))).check(z.minLength(1)), ["workspace"]),
      "Folders with models and data, and for what is made of them; relative ones are taken from the config's folder.",
    ),
    workers: z.described(
      z._default(z.array(z.string().check(z.regex(/^[a-zA-Z0-9._-]+$/))), []),
      "Ids of agents with the tool tensorrt_worker that the model may send work to.",
    ),
    broker_url: z.described(
      z.optional(z.string()),
      "Broker of the workers; default: MQTT_BROKER_URL, else mqtt://localhost:1883.",
    ),
    trust_models: z.described(
      z._default(z.boolean(), false),
      "Let PyTorch models run the code that they hold as they are loaded: only where nobody else can put files into these folders.",
    ),
    threads: z.described(
      z.optional(z.int().check(z.minimum(1), z.maximum(1024))),
      "Threads of ONNX Runtime; default: all.",
    ),
    timeout_secs: z.described(z._default(timerSecs(), 7_200), "Seconds that one deployment may take."),
  });
export type DeployModelOptions = z.output<ReturnType<typeof deployModelOptions>>;

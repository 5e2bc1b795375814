import { shellWord } from "../../base/shell-line.ts";
import {
  allowedPrecisions,
  builderArguments,
  type OpenShapes,
  shapeArguments,
} from "../targets/jetson/arguments.ts";
import { trtexecName } from "../targets/jetson/names.ts";
import { TYPED_SINCE } from "../targets/jetson/version.ts";
import type { Precision, TensorRtOptions } from "../targets/types.ts";
import { RESULTS_ARCHIVE, RESULTS_FOLDER, sampleName } from "./bundle-manifest.ts";

export interface ScriptInput {
  name: string;
  dims: readonly number[];
  /** Whether the model leaves its dimensions open. */
  open: boolean;
  /** Files of the input in each sample's folder: as it is, and for TensorRT before 10. */
  file: string;
  narrowFile: string;
}

export interface ScriptFacts {
  precision: Precision;
  /** The oldest TensorRT that the model is for. */
  leastMajor: number;
  inputs: readonly ScriptInput[];
  samples: number;
  runs: number;
  warmUp: number;
  options: TensorRtOptions;
}

/** The POSIX shell script that builds the engine on the device, runs it over the inputs, and packs what came out. */
export function bundleScript(facts: ScriptFacts): string {
  const { precision, leastMajor, inputs, runs, warmUp, samples } = facts;
  const open: OpenShapes = new Map(inputs.flatMap((each) => (each.open ? [[each.name, each.dims]] : [])));
  const loading = [
    '--loadEngine="$out/model.engine"',
    '--loadInputs="$files"',
    ...shapeArguments("shapes", open).map(shellWord),
  ].join(" ");
  return `#!/bin/sh
# Builds the model in this folder with TensorRT and runs it on the inputs: sh run.sh
# Needs trtexec, which JetPack has in /usr/src/tensorrt/bin. What comes out is in ${RESULTS_ARCHIVE}: take the whole folder
# back, and there: agent2389 deploy-model validate --bundle-results FOLDER
# Started once more, it goes on where it was.
set -eu
cd "$(dirname "$0")"
PATH="$PATH:/usr/src/tensorrt/bin:/opt/tensorrt/bin"
command -v trtexec >/dev/null || {
  echo "error: there is no trtexec on this machine (looked in $PATH)" >&2
  exit 1
}
mkdir -p ${RESULTS_FOLDER}
out=$(pwd)/${RESULTS_FOLDER}

# 8502 is 8.5.2, 100300 is 10.3.0.
trtexec --help >"$out/help.log" 2>&1 || true
version=$(sed -n 's/.*\\[TensorRT v\\([0-9]*\\)\\].*/\\1/p' "$out/help.log" | head -n 1)
[ -n "$version" ] || {
  echo "error: trtexec does not tell its version: see $out/help.log" >&2
  exit 1
}
if [ "$version" -ge 100000 ]; then major=$((version / 10000)); else major=$((version / 1000)); fi
{
  echo "tensorrt $version"
  uname -srm
  if [ -r /proc/device-tree/model ]; then tr -d '\\000' </proc/device-tree/model && echo; fi
  if [ -r /etc/nv_tegra_release ]; then cat /etc/nv_tegra_release; fi
} >"$out/device.txt"

[ "$major" -ge ${leastMajor} ] || {
  echo "error: the model is for TensorRT ${leastMajor} and newer, and this is $version" >&2
  exit 1
}
if [ "$major" -ge 11 ]; then
  set --
elif [ "$major" -ge ${TYPED_SINCE} ]; then
  set -- --stronglyTyped
else
  ${["set --", ...allowedPrecisions(precision)].join(" ")}
fi
if [ "$version" -ge 8600 ]; then set -- "$@" --skipInference; else set -- "$@" --buildOnly; fi
${builderLines(facts, open).join("\n")}
if [ ! -s "$out/model.engine" ]; then
  echo "building with TensorRT $version; this takes minutes"
  trtexec --onnx=model.onnx --saveEngine="$out/model.engine.partial" --timingCacheFile="$out/timing.cache" \\
    --exportLayerInfo="$out/layers.json" --profilingVerbosity=detailed "$@" \\
    >"$out/build.log" 2>&1 || {
    grep '\\[E\\]' "$out/build.log" | head -n 5 >&2 || true
    echo "error: trtexec did not build the model: see $out/build.log" >&2
    exit 1
  }
  mv "$out/model.engine.partial" "$out/model.engine"
fi

# run INPUTS OUTPUT TIMES ITERATIONS
run() {
  name=$1 output=$2 times=$3 iterations=$4
  (
    cd "inputs/$name"
    if [ "$major" -ge 10 ]; then files=${shellWord(loads(inputs, "file"))}; else files=${shellWord(loads(inputs, "narrowFile"))}; fi
    trtexec ${loading} \\
      --iterations="$iterations" --warmUp=0 --duration=0 --useSpinWait \\
      --exportOutput="$output.partial" --exportTimes="$times" >"$out/run.log" 2>&1
  ) || {
    grep '\\[E\\]' "$out/run.log" | head -n 5 >&2 || true
    echo "error: trtexec did not run sample $name: see $out/run.log" >&2
    exit 1
  }
  mv "$output.partial" "$output"
}

total=${samples}
done=0
for folder in inputs/*/; do
  name=$(basename "$folder")
  if [ ! -s "$out/output-$name.json" ]; then
    run "$name" "$out/output-$name.json" "$out/times-$name.json" 1
  fi
  done=$((done + 1))
  printf '\\r%s of %s samples' "$done" "$total"
done
echo
${runs === 0 ? "" : `run ${sampleName(0)} "$out/output-timed.json" "$out/times.json" ${warmUp + runs}\n`}
wc -c <"$out/model.engine" | tr -d ' ' >"$out/engine-bytes.txt"
tar -cf ${RESULTS_ARCHIVE} --exclude=model.engine --exclude=timing.cache ${RESULTS_FOLDER}
echo "done: ${RESULTS_ARCHIVE}"
`;
}

const loads = (inputs: readonly ScriptInput[], file: "file" | "narrowFile"): string =>
  inputs.map((input) => `${trtexecName(input.name)}:${input[file]}`).join(",");

function builderLines({ options }: ScriptFacts, open: OpenShapes): string[] {
  const words = builderArguments(options, open);
  return words.length === 0 ? [] : [`set -- "$@" ${words.map(shellWord).join(" ")}`];
}

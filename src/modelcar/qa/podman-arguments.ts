/** What of a call of the suite differs. */
export interface SuiteCall {
  image: string;
  accelerator: string;
  runtimeImage: string;
  /** Of the container. */
  name: string;
  /** Files and a folder of this machine. */
  kubeconfig: string;
  modelCar: string;
  results: string;
  /** Names of environment variables that podman hands on; their values are never on its command line. */
  variables: readonly string[];
  /** The cluster is on this machine: the container must share its network. */
  hostNetwork: boolean;
}

const HOME = "/home/odh";
const SUITE = `${HOME}/opendatahub-tests`;
const TEST = "tests/model_serving/model_runtime/vllm/modelcar/test_modelvalidation.py";

export const RESULTS_LOG = "pytest-tests.log";
/** The counts of the tests. */
export const JUNIT = "junit.xml";

/**
 * The call of opendatahub-tests as of August 2026. The staged files belong to this user and are for it alone, so the
 * container runs as its root, which without root rights is this user.
 */
export function podmanArguments(call: SuiteCall): [string, ...string[]] {
  const { image, accelerator, runtimeImage, name, kubeconfig, modelCar, results } = call;
  return [
    ...(["podman", "run", "--rm", "--name", name, "--user", "0:0"] as [string, ...string[]]),
    ...(call.hostNetwork ? ["--network", "host"] : []),
    ...["-e", `HOME=${HOME}`, "-e", `KUBECONFIG=${HOME}/.kube/config`],
    ...call.variables.flatMap((variable) => ["-e", variable]),
    ...["-v", `${kubeconfig}:${HOME}/.kube/config:Z`],
    ...["-v", `${results}:${SUITE}/results:Z`],
    ...["-v", `${modelCar}:${SUITE}/modelcar.yaml:Z`],
    image,
    "-vv",
    TEST,
    `--model_car_yaml_path=${SUITE}/modelcar.yaml`,
    `--vllm-runtime-image=${runtimeImage}`,
    `--supported-accelerator-type=${accelerator}`,
    "--snapshot-update",
    `--log-file=${SUITE}/results/${RESULTS_LOG}`,
    `--junitxml=${SUITE}/results/${JUNIT}`,
  ];
}

/** How a QA run can end beside QA_OK, and what to do then. The table is printed in docs/model-car-cluster.md. */
export const QA_CODES = {
  MODELCAR_NOT_FOUND: { meaning: "The model-car file is not there.", remedy: "Name a file that exists." },
  MODELCAR_YAML_INVALID: {
    meaning: "The model-car file cannot be used as it is.",
    remedy: "Mend what the lines before say; `model-car check` says the same.",
  },
  MODELCAR_REGISTRY_UNDETERMINED: {
    meaning: "An image is in a registry for which the test container takes no pull secret.",
    remedy: "Use the kserve runner, which takes a login for any registry.",
  },
  OCI_PULL_SECRET_MISSING: {
    meaning: "No login is known for a registry that needs one.",
    remedy: "Log in with podman login REGISTRY, or set OCI_REGISTRY_PULL_SECRET.",
  },
  KUBECONFIG_MISSING: {
    meaning: "No cluster is known.",
    remedy: "Log in, as with oc login, or name a kubeconfig by --kubeconfig.",
  },
  KUBECONFIG_INVALID: {
    meaning: "The kubeconfig is broken, or its login is not accepted.",
    remedy: "Log in again; `model-car accelerators` shows who the cluster takes you for.",
  },
  CLUSTER_UNREACHABLE: {
    meaning: "The cluster does not answer, or its certificate is not trusted.",
    remedy: "Check the network, the VPN and the certificate authority in the kubeconfig.",
  },
  CLUSTER_UNHEALTHY: {
    meaning: "The accelerator step found nothing that models could run on.",
    remedy: "See `model-car accelerators`: it says what keeps the nodes from being used.",
  },
  PERMISSION_DENIED: {
    meaning: "The user may not do what the run needs.",
    remedy: "Ask for the role that the line before names, or use a namespace of your own by --qa-namespace.",
  },
  KSERVE_MISSING: {
    meaning: "The cluster has no KServe.",
    remedy: "Install KServe or OpenShift AI.",
  },
  RUNTIME_NOT_FOUND: {
    meaning: "No vLLM runtime image is known for the accelerators.",
    remedy: "Name one by --runtime-image or VLLM_RUNTIME_IMAGE.",
  },
  ACCELERATOR_UNSUPPORTED: {
    meaning: "The test container knows no such accelerator: it would skip every test.",
    remedy: "It knows nvidia, amd, gaudi and spyre; use the kserve runner for others.",
  },
  PODMAN_MISSING: {
    meaning: "podman cannot be started.",
    remedy: "Install it (dnf install podman, apt install podman), or use the kserve runner.",
  },
  CONTAINER_FAILED: {
    meaning: "podman could not run the test container.",
    remedy: "See podman's own words above: the image could not be pulled, or a folder not be mounted.",
  },
  SUITE_CHANGED: {
    meaning:
      "The test suite does not know its arguments: it is another version than this program was made for.",
    remedy: "Name a version of the image by --image.",
  },
  TESTS_FAILED: {
    meaning: "Tests ran and failed.",
    remedy: "See the lines above, and the log in the results folder.",
  },
  TESTS_SKIPPED: {
    meaning: "Not every model was tested: tests were skipped, or none was found.",
    remedy: "See why in the log in the results folder. What was not tested is not validated.",
  },
  MODEL_NOT_DEPLOYABLE: {
    meaning: "A model is named by something that a cluster cannot load, as a folder of this machine.",
    remedy: "Put it in a registry as oci://, or name it by hf://.",
  },
  IMAGE_PULL_FAILED: {
    meaning: "The image of the model or of the runtime cannot be pulled.",
    remedy: "Check the name and tag, and that the login for its registry is right.",
  },
  NOT_SCHEDULABLE: {
    meaning: "No node takes the pod.",
    remedy: "Free accelerators, or name the taints to tolerate by --toleration.",
  },
  MODEL_NOT_READY: {
    meaning: "A model did not begin to serve.",
    remedy: "See the end of its log above; `model-car check --explain` shows what it needs.",
  },
  SMOKE_FAILED: {
    meaning: "A model serves, and did not answer a request as it should.",
    remedy: "See the answer above; a chat template may be missing, or the output type be another.",
  },
  CLEANUP_FAILED: {
    meaning: "All was well, and something of the run could not be removed.",
    remedy: "Remove what the lines above name.",
  },
  TIMEOUT: {
    meaning: "The run took longer than it may.",
    remedy: "Give it more time, or test fewer models at once.",
  },
  INTERRUPTED: { meaning: "Someone ended the run; what it had made was removed.", remedy: "Start it again." },
  UNEXPECTED: { meaning: "Something else went wrong.", remedy: "See the line above." },
} as const satisfies Record<string, { meaning: string; remedy: string }>;

export type QaCode = keyof typeof QA_CODES;

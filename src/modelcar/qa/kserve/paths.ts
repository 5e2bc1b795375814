/** Where things are in the API. */
export const paths = (namespace: string) => {
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    namespace: core,
    secret: (name: string) => `${core}/secrets/${name}`,
    pods: `${core}/pods`,
    log: (pod: string) => `${core}/pods/${pod}/log`,
    events: `${core}/events`,
    service: (name: string) => `${core}/services/${name}`,
    /** Through the API server to a port of a service (kubernetes.io, Access Services Running on Clusters). */
    proxy: (service: string, port: string, path: string) =>
      `${core}/services/${service}:${port}/proxy${path}`,
    runtime: (name: string) =>
      `/apis/serving.kserve.io/v1alpha1/namespaces/${namespace}/servingruntimes/${name}`,
    inferenceService: (name: string) => `${KSERVE}/namespaces/${namespace}/inferenceservices/${name}`,
  };
};

/** The group of the InferenceServices, which a cluster without KServe has not. */
export const KSERVE = "/apis/serving.kserve.io/v1beta1";
export const NAMESPACES = "/api/v1/namespaces";

/**
 * The parts of prom-client that are used, one by one: its index also loads the push gateway and the cluster
 * aggregator (2.6 ms and 2.7 MB in the compiled program, against 0.4 ms and 0.4 MB).
 */
declare module "prom-client/lib/registry.js" {
  export { Registry as default } from "prom-client";
}
declare module "prom-client/lib/counter.js" {
  export { Counter as default } from "prom-client";
}
declare module "prom-client/lib/gauge.js" {
  export { Gauge as default } from "prom-client";
}
declare module "prom-client/lib/histogram.js" {
  export { Histogram as default } from "prom-client";
}

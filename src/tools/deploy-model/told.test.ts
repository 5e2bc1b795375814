import { expect, test } from "bun:test";
import { resultOfTest } from "../../models/report/result.fixture.ts";
import { toldToModel } from "./deploy-model.ts";

test("an agent is told the times of the machine that the model is for", () => {
  expect(toldToModel(resultOfTest(), "out")).toMatchObject({
    latency_ms_median: { baseline: 2, deployed: 1 },
    speed_up: 2,
  });
});

test("an agent is told no times where the device was out of reach, or none were measured", () => {
  const elsewhere = resultOfTest();
  elsewhere.target = { ...elsewhere.target, name: "jetson", onDevice: false };
  const untimed = resultOfTest();
  delete untimed.validation!.baseline.latency;
  for (const result of [elsewhere, untimed]) {
    const told = toldToModel(result, "out");
    expect(told).not.toHaveProperty("latency_ms_median");
    expect(told).not.toHaveProperty("speed_up");
    expect(told).toMatchObject({ samples: 2, baseline_bytes: 2000 });
  }
});

test("an agent is told that no choice of layers is good enough, and nothing of the kind where one is", () => {
  const hopeless = resultOfTest();
  hopeless.mixed = { ...hopeless.mixed!, reached: false };
  expect(toldToModel(hopeless, "out")).toMatchObject({
    tolerance_out_of_reach: expect.stringContaining(
      "None of the 3 models that were tried comes down to that",
    ),
  });
  expect(toldToModel(resultOfTest(), "out")).not.toHaveProperty("tolerance_out_of_reach");
});

import { describe, expect, it } from "vitest";
import { fileOf, heldWords, pictureOf, pointOf } from "./held";

const SHA = "5f".repeat(32);

describe("what a register holds", () => {
  it("reads a file, and nothing that is none", () => {
    const told = JSON.stringify({ bytes: 1_500_000, name: "house.jpg", sha256: SHA, type: "image/jpeg" });
    expect(fileOf(told)).toEqual({ bytes: 1_500_000, name: "house.jpg", sha256: SHA, type: "image/jpeg" });
    expect(heldWords(told, "", "zh")).toBe("house.jpg · 1.5 MB");
    for (const other of ["{not json", "text", 3, null, { sha256: "../../users" }, { sha256: SHA + "/" }])
      expect(fileOf(other)).toBeNull();
  });

  it("reads a point on earth, with its accuracy where it is told", () => {
    const told = { type: "Point", coordinates: [104.2, 28.1], accuracy: 12 };
    expect(pointOf(JSON.stringify(told))).toEqual({ latitude: 28.1, longitude: 104.2, accuracy: 12 });
    expect(pointOf({ coordinates: [104.2, 28.1] })?.accuracy).toBeNull();
    for (const other of [{ coordinates: [999, 1] }, { coordinates: "x" }, { coordinates: [1] }, null])
      expect(pointOf(other)).toBeNull();
  });

  it("says signatures, amounts and missing answers in words", () => {
    const signature = { by: "王小明", heads: ["5f"], role: "户主", signed_on: "2015-07-01" };
    expect(heldWords(signature, "", "zh")).toBe("王小明（户主） 2015-07-01");
    expect(pictureOf({ ...signature, attachment: { sha256: SHA } })?.sha256).toBe(SHA);
    const amount = JSON.stringify({ qualifier: "over", unit: "kg", value: "3000" });
    expect(heldWords(amount, "公斤", "zh")).toBe("3000余公斤");
    expect(heldWords({ missing: "dk" }, "", "en")).toBe("don't know");
  });
});

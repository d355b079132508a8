import { expect, test } from "vitest";
import { hashOf, routeOf, type Route } from "./route";

test("a screen is found again by its address", () => {
  const id = "01a21a9a-6c2f-7680-863a-83a61a62d662";
  const routes: Route[] = [
    { at: "home" },
    { at: "new", subject: null },
    { at: "new", subject: id },
    { at: "record", record: id },
  ];
  for (const route of routes) expect(routeOf(hashOf(route))).toEqual(route);
});

test("a foreign address is the home screen", () => {
  for (const hash of ["", "#", "#/record", "#/record/<script>", "#/elsewhere/1"]) {
    expect(routeOf(hash)).toEqual({ at: "home" });
  }
});

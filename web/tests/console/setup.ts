import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { FACTS, World } from "./world";

/** Begins the town; what is returned ends it. */
export default async function setup(): Promise<() => Promise<void>> {
  mkdirSync(dirname(FACTS), { recursive: true });
  const world = new World();
  try {
    await world.begin();
    world.fill();
  } catch (failure) {
    await world.end();
    throw failure;
  }
  return () => world.end();
}

// Which screen is shown, in the address after `#`: reloading or killing the window comes back to the same record.

export type Route = { at: "home" } | { at: "new"; subject: string | null } | { at: "record"; record: string };

export function routeOf(hash: string): Route {
  const [, screen, rest] = /^#\/([a-z]+)(?:\/([0-9a-f-]+))?$/.exec(hash) ?? [];
  if (screen === "record" && rest !== undefined) return { at: "record", record: rest };
  if (screen === "new") return { at: "new", subject: rest ?? null };
  return { at: "home" };
}

export function hashOf(route: Route): string {
  switch (route.at) {
    case "home":
      return "#/";
    case "new":
      return route.subject === null ? "#/new" : `#/new/${route.subject}`;
    case "record":
      return `#/record/${route.record}`;
  }
}

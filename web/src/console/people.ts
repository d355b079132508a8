// Who may be given work.

import { get } from "./api";
import type { User } from "./types";

/** Open accounts of enumerators inside one's areas. */
export async function workers(): Promise<User[]> {
  const { users } = await get<{ users: User[] }>("users");
  return users.filter((user) => user.role === "enumerator" && !user.closed);
}

/** Loads a page anew in place of this one: nothing of the last user stays in memory, and "back" does not return here. */
export function replacePage(path: string): void {
  window.location.replace(path);
}

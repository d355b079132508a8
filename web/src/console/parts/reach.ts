// A region that scrolls sideways is reached by the keyboard, and only while there is something to scroll.

import type { Attachment } from "svelte/attachments";

export function reach(name: () => string): Attachment<HTMLElement> {
  return (region) => {
    const look = (): void => {
      const wide = region.scrollWidth > region.clientWidth;
      if (wide) {
        region.setAttribute("tabindex", "0");
        region.setAttribute("role", "region");
        region.setAttribute("aria-label", name());
      } else {
        region.removeAttribute("tabindex");
        region.removeAttribute("role");
        region.removeAttribute("aria-label");
      }
    };
    const watch = new ResizeObserver(look);
    watch.observe(region);
    if (region.firstElementChild) watch.observe(region.firstElementChild);
    look();
    return () => watch.disconnect();
  };
}

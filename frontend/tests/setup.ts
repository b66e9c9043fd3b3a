import "@testing-library/jest-dom/vitest";

// What browsers have and jsdom does not. Nothing is laid out there, so there is nothing to observe.
if (typeof window !== "undefined") {
  window.ResizeObserver = class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  };
  window.matchMedia = (query) =>
    Object.assign(new EventTarget(), {
      matches: query === "(hover: hover)", // a desktop
      media: query,
      onchange: null,
      addListener: () => undefined,
      removeListener: () => undefined,
    });
}

/**
 * The element of the page with this id.
 * @throws Error if the page does not have such an element of this class.
 */
export const element = <Kind extends HTMLElement>(id: string, kind: { new (): Kind; readonly name: string }): Kind => {
  const target = document.getElementById(id);
  if (target instanceof kind) return target;
  throw new Error(`page: there must be an element #${id} of the class ${kind.name}, got ${target ?? "none"}.`);
};

/** A new element with text. */
export const create = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  options: { readonly text?: string; readonly className?: string } = {},
): HTMLElementTagNameMap[Tag] => {
  const created = document.createElement(tag);
  if (options.text !== undefined) created.textContent = options.text;
  if (options.className !== undefined) created.className = options.className;
  return created;
};

/** Sets text only where it changes, so that screen readers and layout have nothing to do otherwise. */
export const setText = (target: HTMLElement, text: string): void => {
  if (target.textContent !== text) target.textContent = text;
};

/** The value of a custom property of the page, such as a colour. */
export const themed = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Calls back when the page changes between light and dark. */
export const onThemeChange = (changed: () => void): void =>
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);

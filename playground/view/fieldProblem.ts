import { create } from "./element.ts";

let count = 0;

/** Shows a problem below its field; undefined removes it. */
export const showFieldProblem = (field: HTMLElement, message: string | undefined): void => {
  const before = document.getElementById(field.getAttribute("aria-describedby") ?? "");
  // A screen reader would read the same text again.
  if (before?.textContent === message) return;
  before?.remove();
  if (message === undefined) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    return;
  }
  const text = create("p", { text: message, className: "wrong" });
  text.id = `wrong${++count}`;
  text.role = "alert";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", text.id);
  // Not within the label: its text would become part of the label.
  (field.closest("label") ?? field).after(text);
};

/** The element that shows the problem of a field; undefined if it has none. */
export const fieldProblem = (field: HTMLElement): HTMLElement | undefined =>
  field.getAttribute("aria-invalid") === "true"
    ? (document.getElementById(field.getAttribute("aria-describedby") ?? "") ?? undefined)
    : undefined;

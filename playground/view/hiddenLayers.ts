import { mostLayers, mostUnits } from "../network.ts";
import { create, element } from "./element.ts";

/** The list of hidden layers, for adding, removing and sizing them. */
export class HiddenLayers {
  readonly #list: HTMLOListElement = element("hidden", HTMLOListElement);
  readonly #add: HTMLButtonElement = element("add-layer", HTMLButtonElement);
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#add.addEventListener("click", () => {
      const units = this.units;
      this.show([...units, units.at(-1) ?? 32]);
      this.#list.querySelector<HTMLInputElement>("li:last-child input")?.focus();
      changed();
    });
  }

  /** The fields of the sizes. */
  get fields(): readonly HTMLInputElement[] {
    return [...this.#list.querySelectorAll("input")];
  }

  get units(): readonly number[] {
    return this.fields.map(({ valueAsNumber }) => valueAsNumber);
  }

  show(units: readonly number[]): void {
    if (units.join() === this.units.join()) return;
    this.#list.replaceChildren(...units.map((count, index) => this.#row(count, index)));
    this.#add.disabled = units.length >= mostLayers;
  }

  #row(units: number, index: number): HTMLElement {
    const input = create("input");
    input.type = "number";
    input.min = "1";
    input.max = String(mostUnits);
    input.step = "1";
    input.inputMode = "numeric";
    input.value = String(units);
    input.addEventListener("change", this.#changed);
    const label = create("label");
    label.append(create("span", { text: `Layer ${index + 1}, units` }), input);
    const remove = create("button", { text: "Remove" });
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove layer ${index + 1}`);
    remove.addEventListener("click", () => {
      this.show(this.units.toSpliced(index, 1));
      // The focus moves to the button that is now in the place of the removed one.
      const buttons = this.#list.querySelectorAll("button");
      (buttons[Math.min(index, buttons.length - 1)] ?? this.#add).focus();
      this.#changed();
    });
    const row = create("li");
    row.append(label, remove);
    return row;
  }
}

import { type ConvolutionBlock, mostConvolutions, mostFilters, mostPoolings } from "../network.ts";
import { create, element } from "./element.ts";

/** The list of convolutions, for adding, removing and sizing them, and for pooling behind them. */
export class Convolutions {
  readonly #list: HTMLOListElement = element("convolutions", HTMLOListElement);
  readonly #add: HTMLButtonElement = element("add-convolution", HTMLButtonElement);
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#add.addEventListener("click", () => {
      const blocks = this.blocks;
      const poolings = blocks.filter(({ pooling }) => pooling).length;
      this.show([...blocks, { filters: blocks.at(-1)?.filters ?? 8, pooling: poolings < mostPoolings }]);
      this.fields.at(-1)?.focus();
      changed();
    });
  }

  /** The control that problems of the whole list are shown at: too many pool. */
  get control(): HTMLElement {
    return this.#list.querySelector<HTMLElement>("li:last-child input[type=checkbox]") ?? this.#add;
  }

  /** The fields of the numbers of filters. */
  get fields(): readonly HTMLInputElement[] {
    return [...this.#list.querySelectorAll<HTMLInputElement>("input[type=number]")];
  }

  get blocks(): readonly ConvolutionBlock[] {
    return this.fields.map((field) => ({
      filters: field.valueAsNumber,
      pooling: field.closest("li")?.querySelector<HTMLInputElement>("input[type=checkbox]")?.checked ?? false,
    }));
  }

  show(blocks: readonly ConvolutionBlock[]): void {
    if (JSON.stringify(blocks) === JSON.stringify(this.blocks)) return;
    this.#list.replaceChildren(...blocks.map((block, index) => this.#row(block, index)));
    this.#add.disabled = blocks.length >= mostConvolutions;
  }

  #row({ filters, pooling }: ConvolutionBlock, index: number): HTMLElement {
    const name = `Convolution ${index + 1}`;
    const input = create("input");
    Object.assign(input, { type: "number", min: "1", max: String(mostFilters), step: "1", inputMode: "numeric" });
    input.value = String(filters);
    input.addEventListener("change", this.#changed);
    const label = create("label");
    label.append(create("span", { text: `${name}, filters` }), input);
    const box = create("input");
    Object.assign(box, { type: "checkbox", checked: pooling });
    box.addEventListener("change", this.#changed);
    const boxLabel = create("label", { className: "pooling" });
    boxLabel.append(box, create("span", { text: "Max pooling, 2 × 2, behind it" }));
    const remove = create("button", { text: "Remove" });
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove convolution ${index + 1}`);
    remove.addEventListener("click", () => {
      this.show(this.blocks.toSpliced(index, 1));
      // The focus moves to the button that is now in the place of the removed one.
      const buttons = this.#list.querySelectorAll("button");
      (buttons[Math.min(index, buttons.length - 1)] ?? this.#add).focus();
      this.#changed();
    });
    const row = create("li");
    row.append(label, remove, boxLabel);
    return row;
  }
}

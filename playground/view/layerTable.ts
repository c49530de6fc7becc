import { count } from "../format.ts";
import type { LayerFacts, NetworkFacts, Request } from "../messages.ts";
import { create, element, setText } from "./element.ts";

/** The layers of the network, each with a box that freezes it. */
export class LayerTable {
  readonly #body: HTMLTableSectionElement = element("layers", HTMLTableSectionElement);
  readonly #send: (request: Request) => void;
  #generation = -1;

  constructor(send: (request: Request) => void) {
    this.#send = send;
  }

  show({ generation, layers, parameters, trained, file }: NetworkFacts): void {
    // The rows of a network stay, so that the box that was just pressed keeps the focus.
    if (generation !== this.#generation) this.#body.replaceChildren(...layers.map((layer) => this.#row(layer)));
    this.#generation = generation;
    for (const [index, layer] of layers.entries()) {
      const row = this.#body.rows[index];
      row.classList.toggle("frozen", layer.canTrain && layer.trained === 0);
      const box = row.querySelector("input");
      if (box) box.checked = layer.trained === 0;
    }
    const from = file === undefined ? "" : `From ${file}. `;
    setText(
      element("parameters", HTMLParagraphElement),
      `${from}${count(trained)} of ${count(parameters)} parameters train.`,
    );
  }

  #row({ name, kind, output, parameters, canTrain }: LayerFacts): HTMLElement {
    const row = create("tr");
    const head = create("th");
    head.scope = "row";
    head.append(breakable(name), create("span", { text: kind, className: "kind" }));
    const cell = create("td");
    if (canTrain) {
      const box = create("input");
      box.type = "checkbox";
      box.setAttribute("aria-label", `Freeze ${name}`);
      box.addEventListener("change", () => this.#send({ type: "freeze", layer: name, frozen: box.checked }));
      cell.append(box);
    }
    row.append(head, create("td", { text: output }), create("td", { text: count(parameters) }), cell);
    return row;
  }
}

/** A name that may break between its parts: `hidden1_`, `dropout`. */
const breakable = (name: string): HTMLElement => {
  const whole = create("span");
  const parts = name.split(/(?<=_)/);
  whole.append(...parts.flatMap((part, index) => (index === 0 ? [part] : [create("wbr"), part])));
  return whole;
};

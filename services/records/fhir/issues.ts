import type { FailureCode, Issue } from '../../../kernel/errors.ts';

/** Where in a resource the check is; its text is made only where something is wrong. */
export interface Place {
  parent?: Place | undefined;
  name: string;
  index?: number | undefined;
  depth: number;
}

/** Names of elements; anything longer or stranger is not repeated. */
const nameForm = /^_?[A-Za-z]\w{0,63}$/;

export const inside = (parent: Place, name: string, index?: number): Place => ({
  parent,
  name,
  index,
  depth: parent.depth + 1,
});

/** FHIRPath of a place: `Observation.component[0].code`. */
export function pathOf({ parent, name, index }: Place): string {
  const shown = nameForm.test(name) ? name : '?';
  const own = index === undefined ? shown : `${shown}[${index}]`;
  return parent ? `${pathOf(parent)}.${own}` : own;
}

/** More than this many say nothing new. */
const enough = 100;

/** What is wrong with one resource. Texts name elements and forms, never values. */
export class Issues {
  readonly found: Issue[] = [];

  add(code: FailureCode, diagnostics: string, place: Place): void {
    if (this.found.length < enough) this.found.push({ code, diagnostics, expression: [pathOf(place)] });
  }
}

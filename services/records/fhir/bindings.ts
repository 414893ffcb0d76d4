import type { Prepared } from './prepared.ts';

/** Whether codes belong to a value set that a required binding names; every code does where its codes cannot be listed. */
export interface Bindings {
  code(valueSet: string, code: string): boolean;
  /** A Coding, or a CodeableConcept with at least one such coding; other types carry no code to check. */
  concept(valueSet: string, type: string, value: Readonly<Record<string, unknown>>): boolean;
  /** The system that a plain code is of; undefined where the value set cannot be listed. */
  systemOf(valueSet: string, code: string): string | undefined;
}

export function bindings({ valueSets }: Prepared): Bindings {
  const opened = new Map<string, ReadonlyMap<string, string[]>>();

  /** Systems by code. */
  function systems(valueSet: string): ReadonlyMap<string, string[]> | undefined {
    const known = opened.get(valueSet);
    if (known || !Object.hasOwn(valueSets, valueSet)) return known;
    const made = new Map<string, string[]>();
    for (const [system, codes] of Object.entries(valueSets[valueSet]!))
      for (const code of codes) made.set(code, [...(made.get(code) ?? []), system]);
    opened.set(valueSet, made);
    return made;
  }

  function coding(valueSet: string, value: { system?: unknown; code?: unknown }): boolean {
    const listed = systems(valueSet);
    return !listed || (listed.get(value?.code as string)?.includes(value?.system as string) ?? false);
  }

  return {
    code: (valueSet, code) => systems(valueSet)?.has(code) ?? true,
    concept(valueSet, type, value) {
      if (type === 'Coding') return coding(valueSet, value);
      if (type !== 'CodeableConcept') return true;
      const codings = Array.isArray(value.coding) ? value.coding : [];
      return codings.some((each) => coding(valueSet, each)) || !systems(valueSet);
    },
    systemOf: (valueSet, code) => systems(valueSet)?.get(code)?.[0],
  };
}

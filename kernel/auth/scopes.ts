/** SMART App Launch 2 scopes (§ "Scopes for requesting FHIR Resources"): `<level>/<type>.<interactions>`. */
const grammar = /^(?:patient|user|system)\/(\*|[A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)(?:\?.*)?$/;

/** Interactions of version 1's words (§ "Scopes for requesting FHIR Resources (STU1)"). */
const versionOne: Record<string, string> = { '*': 'cruds', read: 'rs', write: 'cud' };

export type Interaction = 'c' | 'r' | 'u' | 'd' | 's';

/**
 * Whether the scopes allow an interaction with a resource type, at any level: which patients remain is consent's to
 * decide. A scope restricted by a query (`?category=…`) is not understood and grants nothing.
 */
export function allows(scopes: readonly string[], type: string, interaction: Interaction): boolean {
  return scopes.some((scope) => {
    const match = grammar.exec(scope);
    if (!match || scope.includes('?')) return false;
    const [, scopeType, words] = match;
    return (scopeType === '*' || scopeType === type) && (versionOne[words!] ?? words!).includes(interaction);
  });
}

/** Whether the scopes allow what a route or RPC asks for as `<type>.<interaction>`, e.g. `Consent.c`. */
export function grants(scopes: readonly string[], wanted: string): boolean {
  const [type, interactions = ''] = wanted.split('.');
  return [...interactions].every((interaction) => allows(scopes, type!, interaction as Interaction));
}

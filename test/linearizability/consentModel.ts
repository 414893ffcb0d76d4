import type { Model } from './checker.ts';

/** What is done to one patient's consents, and what is asked about them. */
export type Input =
  | { kind: 'grant'; organization: string; deny: boolean }
  | { kind: 'revoke'; consent: string }
  | { kind: 'declare' }
  | { kind: 'end'; declaration: string }
  | { kind: 'check'; organization: string; emergency: boolean };

/** `id`: of the consent that was granted or revoked, of the declaration, of the consent that speaks to a check (or ''). */
export interface Output {
  id: string;
  permit?: boolean;
}

interface Statement {
  id: string;
  deny: boolean;
}

interface State {
  /** In force, oldest first, by organisation: orders that nobody can tell apart are one state. */
  statements: Readonly<Record<string, readonly Statement[]>>;
  /** Of the one clinician who declares; '': none is in force. */
  declaration: string;
}

/**
 * The rules as far as the run uses them: the newest statement about an organisation decides, without one it is denied,
 * and a declared emergency opens to its clinician what is not permitted.
 */
export const consentModel: Model<State, Input, Output> = {
  initial: { statements: {}, declaration: '' },
  keyOf({ statements, declaration }) {
    const organizations = Object.keys(statements).sort();
    return `${declaration} ${organizations.map((each) => statements[each]!.map(({ id }) => id).join()).join(' ')}`;
  },
  step(state, input, { id, permit }) {
    switch (input.kind) {
      case 'grant': {
        const { organization, deny } = input;
        const after = [...(state.statements[organization] ?? []), { id, deny }];
        return { ...state, statements: { ...state.statements, [organization]: after } };
      }
      case 'revoke':
        return { ...state, statements: without(input.consent, state.statements) };
      case 'declare':
        return state.declaration === '' || state.declaration === id ? { ...state, declaration: id } : undefined;
      case 'end':
        return state.declaration === input.declaration ? { ...state, declaration: '' } : state;
      case 'check': {
        const newest = state.statements[input.organization]?.at(-1);
        const open = newest !== undefined && !newest.deny;
        const expected = open || (input.emergency && state.declaration !== '');
        return permit === expected && id === (newest?.id ?? '') ? state : undefined;
      }
      default:
        return input satisfies never;
    }
  },
};

const without = (consent: string, statements: State['statements']): State['statements'] =>
  Object.fromEntries(
    Object.entries(statements).map(([organization, all]) => [organization, all.filter(({ id }) => id !== consent)]),
  );
